"""Arrays in, arrays out: the steps from vectors to labels, with no data set, database or page.

::

    features/          pictures in, vectors out
    networks/          networks that were trained on other pictures
    clustering.py      k-means, and the image nearest each centroid
    graph.py, least.py the nearest neighbours of each image; the least numbers of each row
    query/             which images to ask about
    oracle.py          the simulated annotator
    propagation/       a few answers in, many labels out
    reviewing/         which spread labels to look at first, and known errors among them
    odd/               pictures that stand out: alike, blank, dark, blurred, odd-sized
    small_net/         a convolutional net that is taught the labels of one pool, and asked about it
    classifiers/       logistic regression, or a neural net (late_keras.py: Keras when it is needed)
    second_opinion.py  what the nearest images of the pool say of a new one
    ensemble.py        what names new images: a classifier, alone or together with these
    familiarity.py     whether a new image is like those of the pool
    estimators.py      parameters that can be read, set and checked, as scikit-learn's
    softmax_regression.py, scaling.py
                       regression on soft labels; the scales of features
    evaluation.py      accuracies and their intervals
    figures.py         what needs no more than counting: what clusters hold, labels that are right
    unlike.py          images that are unlike any that was named
    cluster_analysis/  how many clusters, and what is in them
    audit/             how right labels are, with an interval, from answers that teach nothing
    threads.py         the rule that figures do not depend on the number of threads
"""
