"""Pictures that stand out, whatever their labels: alike, blank, dark, blurred, odd-sized.

::

    kinds.py       what a picture can be odd by
    measures.py    how bright, rich in contrast and sharp each picture is
    unusual.py     what lies far from the rest, by the rest's own spread
    look_alikes.py the same picture twice, or nearly
    finding.py     all of it, as one list

Nothing is imported here: pages ask for ``kinds.py``, and only the worker needs the rest.
"""
