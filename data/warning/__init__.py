"""Early warning: what today's reports of a town and category should be, and which are far above it."""
