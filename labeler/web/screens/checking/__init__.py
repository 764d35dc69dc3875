"""Screens on which labels are checked by people.

::

    check.py      how right the labels are, by images named blind
    review.py     spread labels looked at, page by page
    odd.py        pictures that stand out, whatever their labels
    one_image.py  one image, large, opened from any list
"""
