"""Data sets that have a name of their own: where their files are, and how they are read.

::

    base.py           what is said of one, and where it is looked for
    keras_cache.py    where keras keeps data sets, and how it downloads one
    idx_dataset.py    those in MNIST's four files
    digits.py, mnist.py, fashion_mnist.py, overhead_mnist.py
"""
