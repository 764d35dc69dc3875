"""Alembic's environment and the revisions, packaged with Labeler.

``upgrade.py`` brings a database to the newest of ``versions/``, or leaves it as it was; ``env.py``
is what Alembic runs meanwhile.
"""
