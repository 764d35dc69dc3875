"""The answers of a run, spread over its images.

::

    spreading.py  spread by one of the propagations
    kept.py       labels that took long to spread, kept and read again
    last.py       labels as they were spread last, for who cannot wait
"""
