"""Are two files one picture, scaled and recompressed, and which of them has more real detail?"""
