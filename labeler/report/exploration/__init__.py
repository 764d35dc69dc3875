"""An exploration, put before people and programs: the same parts as a simulation's report.

::

    findings.py   what is shown
    folder.py     all of it, as files in one folder
    html.py       one page
    terminal.py   in the terminal
    tables.py     the words that both show
    charts.py     its charts
    results.py    for programs
"""
