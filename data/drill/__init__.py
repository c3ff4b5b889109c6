"""The analyst's drill-downs: filters that select cases, and one file per analysis of the selected cases."""
