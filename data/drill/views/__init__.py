"""What the workbench shows, by its tabs: one file a panel."""
