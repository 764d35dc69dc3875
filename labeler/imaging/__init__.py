"""Image files and arrays of pixels: read with every check, shown, and told by their first bytes.

::

    images.py      a file's bytes in, grey or RGB pixels out
    decoding/      the same in a child process with limits: what is read may be hostile
    sniffing.py    what a file's first bytes say it is
    thumbnails.py  pixels as PNG, alone or many on one sheet
"""
