"""The desk's routes and pages: workbench, kiosk, accounts."""
