"""Read files: a pool of processes, an index of what is known, checksums, tags, pixels and looks."""
