"""Where files lie: folders, zip and tar archives, gzip. Each is a ``Files``, whatever it is."""
