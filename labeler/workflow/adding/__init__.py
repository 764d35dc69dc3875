"""Images that come to a run later: only new files are read, and what was answered stays.

::

    request.py        asked for, done by a job
    grown_dataset.py  the data set with the new images behind those that were there
    selection.py      which of them are to label, and which are held out
    growth.py         features, graph, clusters and labels of the grown run, ready to be written
    naming.py         what the classifier says of them, and which are new in kind
    newcomers.py      that, kept with the run
    history.py        what was added, and taking it back

A data set never changes: a run that gets more images moves to a data set that has them too. Images
to label keep their numbers, for new ones come behind them; those of a test part that the data set
came with are counted on after the pool, so these move up together. Places in a run's pool and in
its test part stay what they are: whatever was kept by place, such as a result, still fits.
"""
