"""Screens on which labels leave, and what was learned from them.

::

    export.py       the label set for other programs
    export_form.py  what its form asks for
    classifier.py   what was learned, as a file, tried on pictures
"""
