"""Runs that are kept, for who writes Python: made, answered, trained, audited, exported, looked at.

::

    snapshot.py  a run at one moment, as arrays and a table
    opened.py    the same, opened, and what can be done with it next
    create.py    a run made
    steps.py     what each step does to a run that is kept
    label_widget.py
                 images named inside a notebook; what it shows there is in static/
    naming.py    what that asks about, and whom it tells
"""

from labeler.notebook.create import create_run
from labeler.notebook.label_widget import LabelWidget
from labeler.notebook.opened import OpenRun, open_run
from labeler.notebook.snapshot import GivenAnswer

__all__ = ["GivenAnswer", "LabelWidget", "OpenRun", "create_run", "open_run"]
