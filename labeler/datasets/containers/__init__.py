"""Where files lie. Each is a ``Files``, whatever it is.

::

    files.py        what that is, and one file, opened and watched
    folder.py       a folder
    entry_names.py  names in archives: made plain, left out, refused
    archive.py      a zip archive
    tar.py          a tar archive
    gzipped.py      a file that may be gzipped
"""
