"""Who somebody is: logins and their turns, sessions, an identity provider, screens' keys; and the line of the audit for what they
read."""
