"""What folders mean: parts, classes, containers, copies, and signs that this may be wrong.

::

    folder_tree.py       folders, with how many images
    folder_layout.py     what they mean
    corrected_layout.py  what they mean where somebody said so
    layout_warnings.py   signs that they mean something else
    image_sets.py        image files to parts and classes, by folders and by lists
"""
