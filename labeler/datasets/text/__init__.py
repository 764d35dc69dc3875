"""What names, headers and text say, the same for every reader.

::

    image_names.py   which files are images
    file_kinds.py    what kind of data set a file is
    split_words.py   which part of a data set a name speaks of
    column_names.py  what columns of files and classes are called
    csv_text.py      what all CSV shares: the header, the encoding, how it is refused
"""
