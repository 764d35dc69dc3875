"""Images as numbers: CSV, NPZ, NPY, IDX and Parquet, whatever their names, scales and dialects.

::

    table_sets.py       which files belong together, by name
    tables.py           tables in a folder or archive, found and read
    csv.py              CSV: csv_dialect.py, csv_columns.py and csv_pixels.py read its rows,
    pixel_tables.py     which become a data set
    npz.py              arrays, which npy_format.py reads one by one;
    array_images.py     images
    array_labels.py     and labels made of them
    colour_order.py     in which order values of colour lie
    idx.py              one IDX file
    idx_sets.py         IDX files that belong together
    told_rows.py        what exported arrays and IDX files say of each row
    emnist.py           EMNIST, set upright
    parquet.py          Parquet: parquet_process.py runs parquet_child.py, which opens the file
"""
