"""HTML without Dash: elements, small drawings, tables and forms, the watchdog that stands in every page."""
