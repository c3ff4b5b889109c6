"""Numbers and sentences in two languages; knows no element of a page."""
