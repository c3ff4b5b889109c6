"""The analyst's workbench: what each drill looks like, as SVG, as a table and as a file; pure functions of an answer."""
