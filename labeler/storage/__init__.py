"""Rows and arrays that survive: the database, its repositories, artefacts, backups.

::

    database.py     open_database() → Database: reading(), writing(), write(), artefacts
    runs.py         runs with their counts                 ┐
    classes.py      the classes of a run                   │
    questions.py    added by rounds, listed with answers   │
    answers.py      record, undo, history                  │  verbs; each takes the session of a
    clusterings.py  clusters split and merged, the budget  │  reading() or writing() scope and
    rounds.py       which rounds of questions there are    │  returns frozen ``rows``
    imports.py      labels from files, and taking them back│
    additions.py    images added, and taking them back     │
    checking/       audits, and pages that were looked at  │
    suggestions.py  what files say and nobody confirmed    │
    jobs.py         the queue's rows: claim, report, finish│
    datasets.py     data sets and uploads                  │
    results.py      training results                       ┘
    operations.py   what operations of clients have in common
    settings.py     what was chosen for a run, in its row's JSON
    folder/         what lies beside the database: arrays, uploads, journals, who uses it
    upkeep.py       the bin emptied, arrays removed that nothing refers to any more
    backups/        one file with everything, what is in it, verified, and that put back
    doctor.py       what is wrong, and what to do
    errors.py       what can go wrong, as front ends can act on it
    rows/           what is handed out
    migrations/     from the schema of any version to that of this one

``tables.py`` and the tables of ``checking/``, ``engine.py``, ``session.py`` and
``driver_errors.py`` belong to this layer; no mapped object leaves it. ``current_answers.py`` alone
says which answer of a question stands.
"""
