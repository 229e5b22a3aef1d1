"""The rooms of --watch: telling when files have arrived, and staying."""
