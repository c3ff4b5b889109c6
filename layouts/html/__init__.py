"""HTML without Dash: elements, small drawings, tables and forms, and the watchdog inlined in every page."""
