"""Which files belong together, and what the others are called when the main one gets a new name."""
