"""The application: settings, the clock, the wiring, the command line."""

#: The one place where the version stands; ``pyproject.toml`` reads it from here.
VERSION = "0.2.0"
