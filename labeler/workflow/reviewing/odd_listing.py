"""Odd pictures as a table and as JSON, and their measures in words."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields, replace

from labeler import words
from labeler.datasets.originals import decode_name
from labeler.formats.csv import neutralise
from labeler.learning.odd.kinds import OddKind
from labeler.workflow.pictures.original_arrays import load_blobs
from labeler.workflow.reviewing.odd import FoundOdd, OddPicture


@dataclass(frozen=True)
class OddRow:
    """One odd picture.

    Attributes
    ----------
    kind : str
        One of ``learning.odd.OddKind``.
    index : int
        Where the image stood in the data set as it was read.
    file_name : str
        Empty where images only have a number.
    measure : float
        As ``learning.odd.OddPictures`` says.
    usual : float or None
        The median of that in the pool; None of duplicates.
    set : int or None
        From 1, for each kind: pictures of one number are the same, or nearly.
    labels_differ : bool
        Whether pictures of that set carry different labels.
    class_name : str
        What it is labeled as; empty where it has no label.
    source : str
        Whence its label came.
    """

    kind: str
    index: int
    file_name: str
    measure: float
    usual: float | None
    set: int | None
    labels_differ: bool
    class_name: str
    source: str


def odd_rows(found: FoundOdd, kinds: tuple[OddKind, ...] = tuple(OddKind)) -> Iterator[OddRow]:
    """The odd pictures of a run, kind after kind, as the page shows them."""
    run = found.run
    names = load_blobs(run.ws, run.dataset.artefacts, "pool", "name")
    classes = {run_class.id: run_class.name for run_class in run.classes}
    for kind in kinds:
        usual = found.usual_of(kind)
        for number, one in enumerate(found.sets_of(kind), start=1):
            for picture in one.pictures:
                yield OddRow(
                    kind=kind.value,
                    index=picture.image,
                    file_name="" if names is None else decode_name(names[picture.image]),
                    measure=_short(picture.measure),
                    usual=None if usual is None else _short(usual),
                    set=number if kind.is_of_several else None,
                    labels_differ=one.differs,
                    class_name=classes.get(picture.label.class_id or 0, ""),
                    source=picture.label.source or "",
                )


def as_csv(odd: Iterator[OddRow]) -> Iterator[bytes]:
    """The header and a line for each; safe to open in a spreadsheet."""
    yield _line(tuple(column.name for column in fields(OddRow)))
    for row in odd:
        yield _line(
            astuple(
                replace(
                    row,
                    file_name=neutralise(words.well_formed(row.file_name)),
                    class_name=neutralise(words.well_formed(row.class_name)),
                )
            )
        )


def measured(picture: OddPicture, usual: float | None) -> str:
    """A picture's measure in words, beside what is usual."""
    return _WORDS[picture.kind](picture.measure, usual or 0.0)


def _pixels(n: float) -> str:
    return f"{n / 1e6:.1f} megapixels" if n >= 1e5 else f"{words.count(round(n))} pixels"


_WORDS: dict[OddKind, Callable[[float, float], str]] = {
    OddKind.DUPLICATE: lambda value, usual: "the same pixels",
    OddKind.NEAR_DUPLICATE: lambda value, usual: f"{100 * value:.1f} % alike",
    OddKind.BLANK: lambda value, usual: f"varies by {value:.1f} of 255; usually {usual:.0f}",
    OddKind.DARK: lambda value, usual: f"brightest {value:.0f} of 255; usually {usual:.0f}",
    OddKind.BLURRED: lambda value, usual: f"{100 * value / usual:.0f} % of the usual sharpness",
    OddKind.SIZE: lambda value, usual: f"{_pixels(value)}; usually {_pixels(usual)}",
    OddKind.ASPECT: lambda value, usual: f"{value:.2f} : 1; usually {usual:.2f} : 1",
}


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def _line(cells: tuple[object, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
