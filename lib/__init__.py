"""The shared library of the photo toolkit; README.md beside this file is its map."""

__version__ = "1.1.0"
