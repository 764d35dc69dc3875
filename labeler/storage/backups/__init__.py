"""Everything in one file, and back: ``backup``, ``restore``, and the file between them."""
