"""The analyst's workbench: each drill's answer as SVG, table and file; pure functions of that answer."""
