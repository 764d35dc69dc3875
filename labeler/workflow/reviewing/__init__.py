"""Labels that were spread, looked at page by page: the most doubtful first.

::

    queue.py    the order, made once and kept until somebody wants another
    pages.py    what is on a page, which are left, and what was found
    record.py   a page recorded, and taken back
    listing.py  the order as a table

    labels_now.py   what single images are labeled as now
    one_image.py    one image opened from anywhere, answered, and taken back
    odd.py          pictures that stand out, whatever their labels
    odd_listing.py  these as a table
"""
