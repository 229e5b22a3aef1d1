"""Who is in the picture: `import.py --people` and what goes with it."""
