"""Our side: a DuckDB file of what happened, its tables, its one writer, and who reads single cases of it."""
