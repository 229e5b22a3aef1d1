"""The readers of tags, one for each way in which files keep them; `lib.analysis.metadata` is their front door."""
