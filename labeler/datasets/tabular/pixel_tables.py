"""Tables of pixels to a data set: all of one shape, on one scale, with one list of classes."""

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.classes import index_labels, sorted_classes
from labeler.datasets.scales import Scale, choose_scale, measure
from labeler.datasets.tabular.colour_order import order_colours
from labeler.datasets.tabular.csv_pixels import PixelRows
from labeler.exceptions import refuse


def assemble(
    name: str,
    train: Sequence[PixelRows],
    test: Sequence[PixelRows],
    source: str,
    classes: tuple[str, ...] | None = None,
) -> Dataset:
    """Make a data set of its tables.

    Parameters
    ----------
    name : str
        What to call it.
    train, test : sequence of PixelRows
        The tables of either part, one after the other; none where there is no part to test on.
    source : str
    classes : tuple of str, optional
        The class names, where they are known: labels are then numbers, and none may lie beyond.

    Raises
    ------
    InputError
        CSV-4 for values on no scale, CSV-5 for images of different size, CSV-6.
    """
    tables = [*train, *test]
    if not any(rows.values for rows in tables):
        expected = "a pixel in each column; a list of labels lies beside the images that it names"
        refuse("CSV-1", source, "no row holds the pixels of an image", expected)
    _require_one_shape(tables, source)
    if classes is not None:
        for rows in tables:
            _require_numbers(rows, len(classes))
    known = classes or sorted_classes(label for rows in tables for label in rows.labels)
    values = known if classes is None else tuple(map(str, range(len(classes))))
    scale = _scale(tables)
    images, notes = _images(tables, scale)
    labels = index_labels([label for rows in tables for label in rows.labels], values)
    cut = sum(len(rows.labels) for rows in train)
    columns = dict.fromkeys(note for rows in tables for note in rows.columns.notes)
    held = Split(images[cut:], labels[cut:]) if test else None
    pool = Split(images[:cut], labels[:cut])
    numbers = (scale.low, scale.high)
    return Dataset(name, known, pool, held, source, (*columns, *notes), numbers=numbers)


def _scale(tables: Sequence[PixelRows]) -> Scale:
    """One for all tables."""
    scale = choose_scale(measure([values for rows in tables for values in rows.values]))
    if scale is None:
        max(tables, key=lambda rows: rows.excess).refuse_scale()
    return scale


def _images(tables: Sequence[PixelRows], scale: Scale) -> tuple[np.ndarray, list[str]]:
    """All images, and what was done to them."""
    notes = [scale.note] if scale.note else []
    columns = tables[0].columns
    pixels = np.concatenate([scale.apply(values) for rows in tables for values in rows.values])
    if columns.channels == 1:
        return pixels.reshape(-1, columns.height, columns.width), notes
    images, note = order_colours([pixels.reshape(-1, columns.height, columns.width, 3)])
    return images[0], [*notes, note]


def _require_one_shape(tables: Sequence[PixelRows], source: str) -> None:
    shapes = {
        PurePath(rows.source).name: (rows.columns.height, rows.columns.width, rows.columns.channels)
        for rows in tables
    }
    if len(set(shapes.values())) > 1:
        told = (f"{h} x {w}{' RGB' * (c == 3)} in {name}" for name, (h, w, c) in shapes.items())
        found = f"images of different size: {' and '.join(told)}"
        refuse("CSV-5", source, found, "one size for all")


def _require_numbers(rows: PixelRows, n_classes: int) -> None:
    known = {"", *map(str, range(n_classes))}
    unknown = set(rows.labels) - known
    if unknown:
        at = min(rows.labels.index(label) for label in unknown)
        row = int(np.concatenate(rows.numbers)[at])
        found = f"row {row:,}: the label {rows.labels[at]!r} is unknown"
        refuse("CSV-6", rows.source, found, f"a number from 0 to {n_classes - 1}, or nothing")
