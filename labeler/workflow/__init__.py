"""Runs that are kept: the use cases, where steps and storage meet. Front ends call nothing below.

::

    workspace.py    where a use case works: folder, database, arrays
    datasets.py     data sets read once and kept
    baskets.py      pictures uploaded one by one
    looks.py        what would be read, before it is
    pictures/       images by number, and the files that they were read from
    chosen_features.py
                    which features there are to choose from, and what auto stands for
    learned_features.py
                    what made a run's features, for images that it does not have
    adding/         more images for a run, and taken back
    runs/           made, prepared, listed, copied, deleted
    labeling/       questions, answers, undo, classes, the next round
    pace.py         how fast people answer
    spread/         answers spread by one of the propagations, kept where that took long
    audit/          how right the labels are, with an interval
    reviewing/      spread labels looked at, page by page
    training/       classifiers, and what they reached
    models/         what a run has learned, as a file that names new pictures
    clusters/       shown, split, merged, taken back
    exploration/    how many clusters, and what is in them           (labeler explore)
    exchange/       the label set as a file, and labels from one
    job_kinds.py    every kind of job: its title, where it leads, what does it
    jobs.py         long steps looked at, cancelled, asked for again
    handlers.py     what each kind of job does, in the worker
    inline.py       a job done here and now, for the command line
    upkeep.py       backups, and what is wrong with the database

    run.py          a run at one moment: rows in one snapshot, arrays as they are asked for
    label_space.py, budgets.py, selection.py
                    what its labels mean, how much it asks, its images
    array_names.py, arrays.py
                    what arrays are called in rows; those that are looked at, kept
    views.py        the records that front ends are given
    json_shapes.py  the same as JSON, for the API and for --json
"""
