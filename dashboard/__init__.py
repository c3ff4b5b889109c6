"""The application: settings, the clock, the wiring, the command line."""

#: The single definition of the version; ``pyproject.toml`` reads it from here.
VERSION = "0.2.0"
