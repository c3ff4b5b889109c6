"""The application: settings, the clock, the wiring, the command line."""
