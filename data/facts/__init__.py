"""The facts: a DuckDB file of what happened, its tables, its single writer, and control of reads of single cases."""
