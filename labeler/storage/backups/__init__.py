"""Everything in one file, and back.

``backup.py`` writes the file, ``restore.py`` puts it back, ``backup_file.py`` is what is between.
"""
