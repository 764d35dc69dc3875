"""How much one data set may ask of this machine. Checked before anything is allocated."""

MAX_UNPACKED_BYTES = 8_000_000_000
"""Of all entries of one archive, or of one compressed file."""

MAX_ENTRIES = 200_000
"""Files in one archive."""

MAX_FILES = 2_000_000
"""Files in one folder."""

MAX_SIDE = 4096
"""Pixels along one side of an image that is stored as numbers (IDX, CSV, NPZ)."""

MAX_CLASSES = 10_000
"""Classes of labels that are stored as numbers: more is a sign of a column mixed up."""

MAX_LABEL_LENGTH = 200
"""Characters in a class name."""

DEFLATE_RATIO = 1032
"""The most that deflate can pack: a larger claim is a lie (zlib's documentation)."""

GIGABYTE = 1_000_000_000
