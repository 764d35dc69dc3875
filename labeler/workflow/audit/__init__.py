"""How right the labels of a run are: asked blind, counted with an interval, and certified.

::

    begin.py        labels pinned, and images drawn
    kept.py         an audit as it stands: what it asks, what was said
    answers.py      asked, answered, taken back; by a person or by an oracle
    figures.py      what the answers say at each checkpoint
    listed.py       all audits of a run, a line each
    release.py      the answers made answers of the run
    calibrating.py  confidences that become probabilities by it
    certificate.py  all that is told of it, as JSON and as rows of images
    certificate_page.py
                    the same as a page
    telling.py      the same in a line
    label_sets.py   the hash that names a label set

Until its answers are released, an audit changes no label of any export.
"""
