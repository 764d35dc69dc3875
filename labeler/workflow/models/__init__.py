"""What a run has learned, as a file that names new pictures.

::

    state.py        whether a run has learned anything, and how right that is
    run_model.py    the model of a run, as it was trained last
    calibrated.py   what its confidences are worth, by the answers of an audit
    request.py      asked for by a front end, and kept to be downloaded
    making.py       made, in the worker
    naming.py       a few pictures named by it, for a page
"""
