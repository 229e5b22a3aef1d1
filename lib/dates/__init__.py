"""When a picture was taken: dates in tags, names and texts, and the zone of a clock."""
