"""EMNIST: handwritten letters and digits, which lie on their side in its files.

Citation: G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to
handwritten letters", arXiv:1702.05373, 2017.
"""

from dataclasses import replace

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.containers.files import Files
from labeler.datasets.tabular.table_sets import TableSet

_MAX_BYTES = 100_000
_LAST_CHARACTER = 0x10FFFF


def as_meant(dataset: Dataset, beside: Files, tables: TableSet) -> Dataset:
    """EMNIST as it was written: images upright, labels by character; other data sets as they are.

    Parameters
    ----------
    dataset : Dataset
        Its classes are numbers.
    beside : Files
        Where the mapping file is looked for.
    tables : TableSet
        What the data set was read from.
    """
    if "emnist" not in tables.prefix.split("-"):
        return dataset
    named = _read_mapping(beside, tables)
    classes = tuple(named.get(name, name) for name in dataset.classes)
    test = None if dataset.test is None else _turned(dataset.test)
    note = "EMNIST's images set upright: rows and columns exchanged"
    turned = replace(dataset, classes=classes, train=_turned(dataset.train), test=test)
    return turned.with_notes(note)


def _read_mapping(files: Files, tables: TableSet) -> dict[str, str]:
    """What the labels of a set stand for, from its ``…-mapping.txt``; nothing without one.

    Each line is a label and the code of its character; of several (a letter, large and small)
    the first.
    """
    above = f"{tables.folder}/" if tables.folder else ""
    name = f"{above}{tables.prefix}-mapping.txt"
    if name not in files.names or files.size(name) > _MAX_BYTES:
        return {}
    with files.open(name) as file:
        lines = file.read(_MAX_BYTES).decode("utf-8", "replace").splitlines()
    words = [line.split() for line in lines if line.strip()]
    if not all(len(row) > 1 and all(map(str.isdecimal, row)) for row in words):
        return {}
    codes = [(row[0], int(row[1][:9])) for row in words]
    return {label: chr(code) for label, code in codes if 32 < code <= _LAST_CHARACTER}


def _turned(split: Split) -> Split:
    return replace(split, images=np.ascontiguousarray(split.images.swapaxes(1, 2)))
