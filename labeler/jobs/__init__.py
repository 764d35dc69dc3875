"""Long steps in a process of their own, so that pages stay quick.

::

    worker.py       claims jobs, calls their handlers, delivers what they return
    reporting.py    a handler's progress, written to the row beside the heartbeats
    supervisor.py   starts the worker, restarts it when it dies, stops it with its parent
    __main__.py     the worker's process: python -m labeler.jobs package.module:HANDLERS

The rows are in ``storage/jobs.py``. What the steps are, the registry of handlers says; this
package knows none of them.
"""
