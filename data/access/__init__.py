"""Access control and what it stores: roles, accounts, sessions, the audit, and their store."""
