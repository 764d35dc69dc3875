"""What a data set was understood to be: its parts, classes, and what was left out."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labeler import words
from labeler.datasets.base import Dataset, LeftOut, Split
from labeler.words import printable

SHOWN_CLASSES = 10
SHOWN_FILES = 3


@dataclass(frozen=True)
class Inspection:
    """What was understood.

    Attributes
    ----------
    name : str
    classes : tuple of str
    counts : dict of str to dict
        For each class, how many images of the ``pool`` and of the ``test`` part are of it.
    n_pool, n_test : int
        ``n_test`` is the data set's own test part: 0 where a fifth would be held out.
    n_unlabeled : int
        Images of either part whose class is not known.
    image : dict
        ``height``, ``width`` and ``channels`` as the images were read.
    max_pixel : int
        The largest value, 0 to 255.
    left_out : tuple of LeftOut
    notes : tuple of str
        The warnings come last.
    warnings : tuple of str
        Signs that the files may be meant otherwise.
    files : tuple of str
        In the order that embeddings follow: the pool, then the test part. Empty where images
        only have a number.
    """

    name: str
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    n_pool: int
    n_test: int
    n_unlabeled: int
    image: dict[str, int]
    max_pixel: int
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    files: tuple[str, ...]

    def as_dict(self, *, with_files: bool = False) -> dict[str, Any]:
        """Plain values, ready for JSON; ``files`` only where they are asked for."""
        values = asdict(self)
        if not with_files:
            del values["files"]
        return values


def inspection_of(dataset: Dataset) -> Inspection:
    """What a data set that was read was understood to be."""
    parts = [dataset.train] if dataset.test is None else [dataset.train, dataset.test]
    height, width, *channels = dataset.image_shape
    return Inspection(
        name=dataset.name,
        classes=dataset.classes,
        counts=_counts(dataset),
        n_pool=len(dataset.train),
        n_test=0 if dataset.test is None else len(dataset.test),
        n_unlabeled=sum(int(np.count_nonzero(~part.is_labeled)) for part in parts),
        image={"height": height, "width": width, "channels": channels[0] if channels else 1},
        max_pixel=max(int(part.images.max(initial=0)) for part in parts),
        left_out=dataset.left_out,
        notes=(*dataset.notes, *dataset.warnings),
        warnings=dataset.warnings,
        files=tuple(printable(name) for part in parts for name in part.names or ()),
    )


def short_lines(dataset: Dataset) -> list[str]:
    """What was understood, in a few lines for people.

    Returns
    -------
    list of str
        How many images of which classes; then the warnings, and what was left out.
    """
    n_test = 0 if dataset.test is None else len(dataset.test)
    parts = f"{words.counted(len(dataset.train), 'image')} to label"
    parts += f", {words.count(n_test)} to test on" if n_test else ""
    lines = [f"{dataset.name}: {parts}; {_class_words(dataset)}"]
    lines += [f"warning: {warning}" for warning in dataset.warnings]
    if dataset.left_out:
        lines.append(_left_out_words(dataset.left_out))
    return [printable(line) for line in lines]


def _counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    pool = _by_class(dataset.train, len(dataset.classes))
    test = _by_class(dataset.test, len(dataset.classes))
    return {
        name: {"pool": int(pool[number]), "test": int(test[number])}
        for number, name in enumerate(dataset.classes)
    }


def _by_class(part: Split | None, n_classes: int) -> np.ndarray:
    labels = np.empty(0, np.int64) if part is None else part.labels[part.is_labeled]
    return np.bincount(labels, minlength=n_classes)


def _class_words(dataset: Dataset) -> str:
    if not dataset.classes:
        return "none has a label yet"
    sizes = [sum(parts.values()) for parts in _counts(dataset).values()]
    pairs = [f"{name} {words.count(n)}" for name, n in zip(dataset.classes, sizes, strict=True)]
    more = ", …" if len(pairs) > SHOWN_CLASSES else ""
    plural = words.counted(len(pairs), "class", "classes")
    return f"{plural}: {', '.join(pairs[:SHOWN_CLASSES])}{more}"


def _left_out_words(left_out: tuple[LeftOut, ...]) -> str:
    shown = "; ".join(f"{left.file}: {left.reason}" for left in left_out[:SHOWN_FILES])
    more = "; … (labeler inspect lists all)" if len(left_out) > SHOWN_FILES else ""
    return f"left out: {words.count(len(left_out))} ({shown}{more})"
