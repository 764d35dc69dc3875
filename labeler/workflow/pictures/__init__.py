"""The pictures of a data set: as they were read, and the files they were read from.

::

    images.py           images by number, as PNG or WebP made here
    originals.py        the files that images were read from, found again
    original_arrays.py  what is kept of these files, and where they lie
    original_files.py   where these are read from: a folder, an archive, an upload
    kept.py             the same, for those who look at them once more
    left_out.py         the files that were not read, and why
"""
