"""The clusters of a run: shown, split, merged, taken back.

::

    regroup.py   a change, made by the person who labels
    plan.py      worked out before anything is written
    lineage.py   how the clusters came to be
    speakers.py  which question speaks for which cluster now
    views.py     as a screen shows them
    cards.py     what a screen is given
"""
