"""Numbers and sentences in two languages; independent of page elements."""
