"""What the commands do, each in a function of its name: imported when they run, not for ``--help``.

``opening.py`` has what every command about a run begins with; ``showing.py`` shows runs as lines,
tables and JSON.
"""
