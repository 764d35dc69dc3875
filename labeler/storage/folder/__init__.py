"""What lies beside the database in the folder of an installation.

::

    instance.py   the folder: who uses it, what work that was cut off left in it
    artefacts.py  arrays as files named by their content
    uploads.py    what waits until it is read, and removed where nobody goes on with it
    journal.py    what an import found out so far
"""
