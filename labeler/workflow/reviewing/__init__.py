"""Labels that were spread, looked at page by page: the most doubtful first.

::

    queue.py    the order, made once and kept until somebody wants another
    pages.py    what is on a page, which are left, and what was found
    record.py   a page recorded, and taken back
    listing.py  the order as a table
"""
