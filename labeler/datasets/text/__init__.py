"""What names, headers and text say, the same for every reader: below all rooms of data sets.

``image_names`` tells images by the endings of their names; ``split_words`` the part of a data set
that a name speaks of; ``csv_text`` is what all files of CSV share.
"""
