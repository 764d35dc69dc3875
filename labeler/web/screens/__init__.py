"""A module for each screen, with its blueprint; ``app.py`` registers them.

::

    way.py            the way through a run: its screens in order, and what comes next
    help.py           what each screen is for, and what the words mean
    add_images.py     more images for a run
    login.py          the one-use address, or the password
    runs.py           every run as a card
    new_run.py        images, classes and who answers
    own_images.py     a path, a file or a basket (correction_form.py: what is said of them)
    looks.py          what would be read, before a run begins
    browse.py         folders to choose from
    datasets.py       data sets, and the clusters of each before there is any run
    label.py          one question at a time
    sheet.py          all questions at once
    classes.py        added, renamed, merged (keys.py: which key gives which)
    clusters.py       what is in them, split, merged, taken back
    review.py         spread labels looked at, page by page
    train.py          spread and train
    check.py          how right the labels are, by images named blind
    report.py         how good it is, and where it goes wrong
    export.py         the label set for other programs (export_form.py: what the form asks for)
    classifier.py     what was learned, as a file, tried on pictures
    import_labels.py  labels from a file
    jobs.py           what is being done
    images.py         images by id
"""
