"""The city's file: its profile with full validation, its areas, its shifts."""
