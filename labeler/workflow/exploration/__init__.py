"""How many clusters, and what is in them, before anything is named (``labeler explore``).

::

    subject.py    what can be explored
    request.py    asked for from a page, done by a job
    exploring.py  found out once
    kept.py       and kept
"""
