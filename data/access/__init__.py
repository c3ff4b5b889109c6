"""Who may do what, and what is remembered of them: roles, accounts, sessions, the audit, and their store."""
