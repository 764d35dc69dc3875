"""A simulation, put before people and programs: tables, plots, one HTML page, one JSON file.

::

    folder.py       all of it, as files in one folder (files.py: each put in its place whole)
    html.py         one page (standalone.py: that needs nothing beside itself)
    terminal.py     a table in the terminal
    tables.py       the words that both show
    results.py      for programs
    scores.py       a stage, its seeds put together
    audits.py       how audits of a simulated run fared
    verdict.py      what the labels are worth, in words
    purity.py       what is really inside each cluster
    published.py    what others reached with as few labels
    charts/         each chart, drawn once
    exploration/    the same of an exploration

Nothing heavy is imported here.
"""
