"""Data sets that have a name of their own: where their files are, and how they are read."""
