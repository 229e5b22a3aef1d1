"""Commands of the toolkit in a random order, a person meddling between them, and the law held against each."""
