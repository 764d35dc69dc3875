"""What kind of data set a file is by the ending of its name."""

from pathlib import PurePath

TAR_ENDINGS = (".tar", ".tgz", ".tar.gz")
ARCHIVE_ENDINGS = (".zip", *TAR_ENDINGS)
ANNOTATION_ENDINGS = (".json", ".xml")
"""Of what other programs say of images."""

LIST_ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", *ANNOTATION_ENDINGS)
"""Of a list of images, which are beside it."""

_KINDS = {
    ".zip": "zip",
    **dict.fromkeys(TAR_ENDINGS, "tar"),
    ".npz": "npz",
    ".npy": "npy",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".idx": "idx",
}
READABLE = (*_KINDS, ".gz")
"""Endings of files that are a whole data set; ``.gz`` comes after another one."""


def kind_by_ending(name: str) -> str:
    """``zip``, ``tar``, ``npz``, ``npy``, ``csv``, ``parquet`` or ``idx``; empty for another."""
    if name.lower().endswith(TAR_ENDINGS):
        return "tar"
    return _KINDS.get(PurePath(name).suffix.lower(), "")
