"""All odd pictures of a pool as one list, by kind, the oddest first."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labeler.learning.odd.kinds import KINDS, OddKind
from labeler.learning.odd.look_alikes import LookAlikes, find_look_alikes
from labeler.learning.odd.measures import PictureMeasures
from labeler.learning.odd.unusual import far_above, far_below
from labeler.progress import SILENT, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_array

DARK_UP_TO = 128
"""Level, of 255, that the brightest parts of a dark picture do not exceed."""

LEAST_DARKER, LEAST_DULLER = 30.0, np.log(2)
LEAST_LARGER, LEAST_LONGER = np.log(4), np.log(1.5)
"""How far from what is usual a picture is at least: in levels; and as logarithms, half as sharp,
four times as many pixels, half as long again for its width."""


@dataclass(frozen=True, eq=False)
class OddPictures:
    """What stands out among the pictures of a pool, as arrays, so that it can be kept.

    A picture may be there by several kinds.

    Attributes
    ----------
    images : ndarray of shape (m,), dtype int64
        Places in the pool; kind after kind, the oddest first, sets together.
    kinds : ndarray of shape (m,), dtype int8
        Places in ``kinds.KINDS``.
    measures : ndarray of shape (m,), dtype float32
        Of duplicates, the correlation with the picture that is most alike; of blank ones, the
        contrast; of dark ones, the brightest level; of blurred ones, the sharpness; by size, the
        pixels of the file; by aspect, its longer side beside its shorter.
    sets : ndarray of shape (m,), dtype int64
        Pictures of one number are the same or nearly; -1 where a picture stands for itself.
    usual : ndarray of shape (n_kinds,), dtype float32
        The median of each measure in the pool; nan of duplicates, and where nothing is known.
    """

    images: np.ndarray
    kinds: np.ndarray
    measures: np.ndarray
    sets: np.ndarray
    usual: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


def find_odd_pictures(
    measures: PictureMeasures,
    images: np.ndarray,
    X: np.ndarray,
    graph: "csr_array | None" = None,
    sizes: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> OddPictures:
    """Find what stands out in a pool, by what is usual in it.

    Parameters
    ----------
    measures : PictureMeasures
        Of the pool.
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    X : ndarray of shape (n, n_features), dtype float32
        Tells what looks alike.
    graph : csr_array of shape (n, n), or None
    sizes : ndarray of shape (n, 2), or None
        Height and width of the files that they were read from, where that is known.
    progress : Progress

    Returns
    -------
    OddPictures
    """
    with progress.task("Looking for odd pictures"):
        alike = find_look_alikes(images, X, graph, measures.is_blank, progress)
        found = [*_of_several(alike), *_single(measures, sizes)]
    usual = np.full(len(KINDS), np.nan, dtype=np.float32)
    for kind, values in _values(measures, sizes).items():
        known = values[np.isfinite(values)]
        usual[KINDS.index(kind)] = np.median(known) if len(known) else np.nan
    return OddPictures(
        images=np.concatenate([images for _, images, _, _ in found]).astype(np.int64),
        kinds=np.concatenate(
            [np.full(len(images), KINDS.index(kind), np.int8) for kind, images, _, _ in found]
        ),
        measures=np.concatenate([values for _, _, values, _ in found]).astype(np.float32),
        sets=np.concatenate([sets for *_, sets in found]).astype(np.int64),
        usual=usual,
    )


_Found = tuple[OddKind, np.ndarray, np.ndarray, np.ndarray]


def _of_several(alike: LookAlikes) -> list[_Found]:
    """Both kinds of duplicates, the sets that are most alike first."""
    closest = np.zeros(alike.sets.max(initial=-1) + 2, dtype=np.float32)
    np.maximum.at(closest, alike.sets, alike.likeness)
    found = []
    for kind, is_kind in (
        (OddKind.DUPLICATE, alike.is_same),
        (OddKind.NEAR_DUPLICATE, (alike.sets >= 0) & ~alike.is_same),
    ):
        images = np.flatnonzero(is_kind)
        sets = alike.sets[images]
        order = np.lexsort((images, sets, -closest[sets]))
        found.append((kind, images[order], alike.likeness[images][order], sets[order]))
    return found


def _values(measures: PictureMeasures, sizes: np.ndarray | None) -> dict[OddKind, np.ndarray]:
    values = {
        OddKind.BLANK: measures.contrast,
        OddKind.DARK: measures.brightest,
        OddKind.BLURRED: measures.sharpness,
    }
    if sizes is not None:
        sides = np.maximum(sizes.astype(np.float64), 1)
        values[OddKind.SIZE] = sides.prod(axis=1)
        values[OddKind.ASPECT] = sides.max(axis=1) / sides.min(axis=1)
    return values


def _single(measures: PictureMeasures, sizes: np.ndarray | None) -> list[_Found]:
    is_blank = measures.is_blank
    values = _values(measures, sizes)
    is_dark = far_below(np.where(is_blank, np.nan, measures.brightest), LEAST_DARKER)
    flags = {
        OddKind.BLANK: is_blank,
        OddKind.DARK: is_dark & (measures.brightest <= DARK_UP_TO),
        OddKind.BLURRED: far_below(np.log(measures.sharpness), LEAST_DULLER),
    }
    for kind, least in ((OddKind.SIZE, LEAST_LARGER), (OddKind.ASPECT, LEAST_LONGER)):
        if kind in values:
            logs = np.log(values[kind])
            flags[kind] = far_below(logs, float(least)) | far_above(logs, float(least))
    return [_listed(kind, values[kind], is_odd) for kind, is_odd in flags.items()]


def _listed(kind: OddKind, values: np.ndarray, is_odd: np.ndarray) -> _Found:
    images = np.flatnonzero(is_odd)
    known = values[np.isfinite(values)]
    middle = np.median(known) if len(known) else 0.0
    is_ratio = kind in (OddKind.SIZE, OddKind.ASPECT)
    oddness = -np.abs(np.log(values[images] / middle)) if is_ratio else values[images]
    order = np.lexsort((images, oddness))
    return kind, images[order], values[images][order], np.full(len(images), -1)
