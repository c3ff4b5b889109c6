"""The city's file: its profile with every fault it may have, its areas, its shifts."""
