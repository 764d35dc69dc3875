"""A module for each screen, with its blueprint; ``app.py`` registers them.

::

    way.py            the way through a run: its screens in order, and what comes next
    help.py           what each screen is for, and what the words mean
    login.py          the one-use address, or the password
    runs.py           every run as a card
    begin/            images chosen and looked at, before there is a run; more of them for one
    label.py          one question at a time
    sheet.py          all questions at once
    classes.py        added, renamed, merged (keys.py: which key gives which)
    clusters.py       what is in them, split, merged, taken back
    train.py          spread and train
    checking/         labels audited and reviewed, odd pictures, one image
    report.py         how good it is, and where it goes wrong
    use/              the label set for other programs, and what was learned from it
    import_labels.py  labels from a file
    jobs.py           what is being done
    images.py         images by id
"""
