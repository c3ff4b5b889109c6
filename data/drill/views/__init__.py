"""The workbench's analyses by tab: one file per panel."""
