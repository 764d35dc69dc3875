"""What the commands do, each in a function of its name: imported when they run, not for ``--help``.

::

    adding.py, audit.py, backup.py, datasets.py, doctor.py, explore.py, export.py, importing.py,
    inspect.py, model.py, regroup.py, review.py, runs.py, serve.py, simulate.py, train.py
                    the bodies of the commands of ``cli/``, under the same names
    opening.py      what every command about a run begins with
    progress_bars.py
                    how far a long step is
    showing.py      runs as lines, tables and JSON
    correcting.py   what options say of folders and classes
    announcing.py   what was read, said before anything is made of it
"""
