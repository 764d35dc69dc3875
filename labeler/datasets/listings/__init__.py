"""Lists of names beside images: tables and annotation files, found, read and matched.

::

    list_rows.py     tables of text as rows of cells
    list_columns.py  which columns name an image, its class and its part
    csv_listing.py   a table of names, told from one of pixels
    studio_tasks.py  what a task of Label Studio says
    annotations.py   what FiftyOne, CVAT and Label Studio wrote, as rows
    name_index.py    file names, found as lists write them
    missed_lists.py  what looks like a list, but names no image that is here
    lists.py         lists, found and matched with the images
"""
