"""What a run has learned, as a file that names new pictures.

::

    run_model.py    the model of a run, as it was trained last
    calibrated.py   what its confidences are worth, by the answers of an audit
    request.py      asked for, made by a job, and kept to be downloaded
"""
