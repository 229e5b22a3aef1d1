"""The work of import.py: what goes where in an album, and the upkeep of one."""
