"""Authentication: logins and their queue, sessions, the identity provider, screen keys; and the audit line for what each user
reads."""
