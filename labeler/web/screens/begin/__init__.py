"""Screens before there is a run: images chosen, looked at, put right.

::

    new_run.py          images, classes and who answers
    own_images.py       a path, a file or a basket
    correction_form.py  what is said of them
    looks.py            what would be read
    browse.py           folders to choose from
    datasets.py         data sets, and the clusters of each before there is any run
    add_images.py       more images for a run that is there
"""
