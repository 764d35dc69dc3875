"""Originals that a set cannot give back, found before any of it is written."""

import numpy as np

from labeler.exceptions import ConfigError
from labeler.formats import LabelRows
from labeler.progress import Progress, track
from labeler.words import counted, printable
from labeler.workflow.pictures.originals import (
    OriginalChangedError,
    OriginalGoneError,
    path_of,
    read_original,
)
from labeler.workflow.run import Run

_NAMED = 5
"""Files that are named; the others are counted."""


def without_lost(
    run: Run, rows: LabelRows, progress: Progress, *, skip: bool
) -> tuple[LabelRows, np.ndarray]:
    """The rows of a set of originals whose files are what they were, and the images of the others.

    Parameters
    ----------
    run : Run
    rows : LabelRows
    progress : Progress
    skip : bool
        Whether the others are left out.

    Raises
    ------
    ConfigError
        There are others, and they are not to be left out.
    """
    is_lost = np.zeros(len(rows), dtype=bool)
    places = track(rows.places.tolist(), progress, "Checking the originals", len(rows))
    for row, place in enumerate(places):
        is_lost[row] = _is_lost(run, place)
    lost = rows.places[is_lost]
    if len(lost) and not skip:
        raise ConfigError(_lost_words(run, lost.tolist(), len(rows)))
    return rows.take(np.flatnonzero(~is_lost)), lost


def _is_lost(run: Run, place: int) -> bool:
    try:
        read_original(run.ws, run.dataset, place)
    except (OriginalGoneError, OriginalChangedError):
        return True
    return False


def _lost_words(run: Run, places: list[int], n_rows: int) -> str:
    names = [printable(path_of(run.ws, run.dataset, place)) for place in places[:_NAMED]]
    more = f" and {len(places) - _NAMED:,} more" if len(places) > _NAMED else ""
    return (
        f"{len(places):,} of {counted(n_rows, 'original')} moved or changed since they were read: "
        f"{', '.join(names)}{more}. Nothing was written. Put them back, or leave these images out "
        "(--skip-missing), or export small pictures in place of all (--images thumbnails)."
    )
