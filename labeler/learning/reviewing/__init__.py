"""Spread labels in the order in which a person should look at them, and known errors among them.

::

    doubt.py    from when on naming is faster than marking
    queue.py    pages of one class each, the most doubtful first
    planted.py  answers of other classes, put among them
"""

from labeler.learning.reviewing.planted import PAGE, PLANTED, planted_at
from labeler.learning.reviewing.queue import ReviewPage, ReviewQueue, review_queue

__all__ = ["PAGE", "PLANTED", "ReviewPage", "ReviewQueue", "planted_at", "review_queue"]
