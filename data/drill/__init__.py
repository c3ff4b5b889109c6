"""The analyst's questions: filters that choose cases, and one file for each thing that is asked of those cases."""
