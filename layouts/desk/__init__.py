"""Pages for accounts: the bar, login, accounts and screens, the audit."""
