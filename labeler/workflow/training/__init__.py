"""Classifiers trained on a run's labels, and what they reached.

::

    request.py       what is asked for, lightly, by a front end
    fit.py           the classifiers and the comparisons: in the worker
    keeping.py       what names new images, kept with the result
    results.py       the newest figures, and the clusters worst first
    versions.py      what changed since the training before, by the same audit
    last_trained.py  the set that was trained last: how it was spread, which accuracy is its own
"""
