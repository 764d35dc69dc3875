"""Images as numbers: CSV, NPZ, NPY, IDX and Parquet, whatever their names, scales and dialects."""
