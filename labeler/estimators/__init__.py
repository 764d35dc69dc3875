"""The steps as scikit-learn has them, for who writes Python: arrays in, attributes out.

Nothing is computed here that is not computed for runs: each estimator hands its arrays to
``learning/`` or ``pipeline/``, and none of them knows of any database. They are imported from
``labeler`` itself, each when it is asked for.

::

    given_labels.py   classes of any kind, -1 where none is known, and back
    seeds.py          random states of any kind as the one seed of a run
    vectors.py        rows about their mean, and the graph that joins them
    propagation.py    GraphPropagation, ClusterPropagation: a few labels in, many out
    queries.py        QueryStrategy: which images to ask about
    pictures.py       arrays of any scale as images
    features.py       ImageFeatures: images in, vectors out
    taught.py         what somebody said of images, by index
    memory_run.py     the steps of a simulation, with the answers of whoever gives them
    few_labels.py     FewLabels: all of it together, with an oracle or a person
"""
