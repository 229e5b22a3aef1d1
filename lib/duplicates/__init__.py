"""The work of find_duplicates.py: the search, its report, and acting on it."""
