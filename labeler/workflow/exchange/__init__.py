"""Labels out of a run and into it.

::

    choices.py          the words that either is asked for with
    export_request.py   what is to be exported, and how many rows that is
    export_rows.py      which images of a run are in it, and which are not
    export.py           a consistent state as bytes
    lost_originals.py   files that moved or changed, before a set of them is written
    export_jobs.py      large sets, by a job
    manifest.py         what is told of a set beside it
    importing.py        labels from a file: answers as answers, the rest as suggestions
    import_plan.py      what a file would do, nothing written
    match_images.py     which image of a run each row is about
    import_history.py   the imports that a run remembers, and taking one back
    imported_names.py   whose answers from a file are
    suggestions.py      labels from a file that nobody confirmed
    taken_labels.py     which answers are labels that the images came with
"""
