"""Image files and arrays of pixels: read with every check, shown, and told by their first bytes.

::

    images.py      a file's bytes in, grey or RGB pixels out
    pixels.py      arrays of pixels made smaller, made equal, or given colour
    bits.py        pixels of any kind brought to 8 bits
    deep.py        images of 16 bits, all of them kept
    refusals.py    how large an image may be, and what is said of one that cannot be taken
    decoding/      the same as images.py in a child process with limits: files may be hostile
    sniffing.py    what a file's first bytes say it is
    renditions.py  images as they are shown to people
    thumbnails.py  pixels as PNG, alone or many on one sheet
"""
