"""The rooms of match_thumbnails.py: the search for the photo behind a thumbnail, and putting the originals together."""
