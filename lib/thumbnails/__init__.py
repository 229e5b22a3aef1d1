"""The work of match_thumbnails.py: the search for the photo behind a thumbnail, and collecting the originals."""
