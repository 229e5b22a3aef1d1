"""Whether everything that lies below a folder is in the album as well, with the evidence for each file."""
