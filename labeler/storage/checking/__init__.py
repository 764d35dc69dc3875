"""What was looked at by people once it was labeled: audits and reviews, and the tables of both.

::

    audits.py         begun, answered, taken back, released
    audit_tables.py   their tables, apart from answers
    reviews.py        pages of labels that were looked at
    review_tables.py  which operations were such pages
"""
