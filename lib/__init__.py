"""The shared library of the photo toolkit; each room says in its first line what it is for."""
