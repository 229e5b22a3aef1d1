"""Tell people: the command line, CSV tables, the review page and its previews."""
