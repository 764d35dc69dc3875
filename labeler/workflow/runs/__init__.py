"""Runs: made, prepared, listed, looked at, renamed, copied, put in the bin and taken out again.

::

    create.py        a run made, at once or by a job
    prepare.py       images chosen, features, clusters, the first questions: in the worker
    oracle.py        a run that is answered from the true labels: in the worker
    given_labels.py  labels that the images came with, as answers
    catalog.py       runs listed, looked at, changed
    pages.py         as the start page shows them
    settings.py      how a run spreads its answers
"""

from labeler.workflow.runs.catalog import (
    class_views,
    delete_run,
    duplicate_run,
    find_run,
    get_run,
    list_runs,
    rename_run,
    restore_run,
    view_of,
)
from labeler.workflow.runs.create import NewRun, create_run, plan_run, start_run, start_upload

__all__ = [
    "NewRun",
    "class_views",
    "view_of",
    "create_run",
    "delete_run",
    "duplicate_run",
    "find_run",
    "get_run",
    "list_runs",
    "plan_run",
    "rename_run",
    "restore_run",
    "start_run",
    "start_upload",
]
