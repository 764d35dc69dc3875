"""A small convolutional net that is taught the soft labels of one pool, and asked about it.

::

    distortions.py   images that are shifted, turned, stretched and spoilt at random, batch by batch
    net.py           the net, and how it learns from soft labels
"""
