"""Image files and arrays of pixels: read with every check, shown, and told by their first bytes.

::

    images.py      a file's bytes in, grey or RGB pixels out
    pixels.py      arrays of pixels made smaller, made equal, or given colour
    deep.py        images of 16 bits
    decoding/      the same as images.py in a child process with limits: files may be hostile
    sniffing.py    what a file's first bytes say it is
    renditions.py  images as they are shown to people
    thumbnails.py  pixels as PNG, alone or many on one sheet
"""
