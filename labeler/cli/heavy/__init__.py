"""What the commands do that need the most: imported when they do it, not for ``--help``."""
