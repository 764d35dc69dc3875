"""The odd pictures of a run: looked for once by a job, kept as arrays, shown with their labels."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np

from labeler.imaging import renditions
from labeler.learning.odd.kinds import KINDS, OddKind
from labeler.progress import SILENT, Progress
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.errors import QueueFullError
from labeler.storage.rows import Job, RunRow
from labeler.workflow.array_names import Array, of_part
from labeler.workflow.job_kinds import ODD
from labeler.workflow.pictures.original_arrays import has_originals, load_blobs
from labeler.workflow.reviewing.labels_now import LabelNow, labels_now
from labeler.workflow.run import Run, open_run
from labeler.workflow.workspace import Transaction, Workspace

ARRAYS = {
    "kinds": Array.ODD_KINDS,
    "measures": Array.ODD_MEASURES,
    "sets": Array.ODD_SETS,
    "usual": Array.ODD_USUAL,
}
"""What the arrays of ``learning.odd.OddPictures`` are called, but for its images."""


@dataclass(frozen=True)
class OddPicture:
    """A picture that stands out.

    Attributes
    ----------
    image : int
        Image number.
    kind : OddKind
    measure : float
        As ``learning.odd.OddPictures`` says.
    set_number : int or None
        Pictures of one number are the same, or nearly.
    label : LabelNow
    """

    image: int
    kind: OddKind
    measure: float
    set_number: int | None
    label: LabelNow


@dataclass(frozen=True)
class OddSet:
    """Pictures to be looked at side by side: the same ones or nearly, or one by itself."""

    pictures: tuple[OddPicture, ...]

    @property
    def differs(self) -> bool:
        """Whether two of them carry different labels."""
        named = {picture.label.class_id for picture in self.pictures}
        return len(named - {None}) > 1


@dataclass(frozen=True, eq=False)
class FoundOdd:
    """What stands out among the pictures of a run.

    Attributes
    ----------
    run : Run
    images : ndarray of shape (m,), dtype int64
        Image numbers.
    kinds, measures, sets, usual : ndarray
        See ``learning.odd.OddPictures``.
    """

    run: Run
    images: np.ndarray
    kinds: np.ndarray
    measures: np.ndarray
    sets: np.ndarray
    usual: np.ndarray

    @cached_property
    def counts(self) -> Mapping[OddKind, int]:
        """How many pictures there are of each kind that there is."""
        counts = Counter(self.kinds.tolist())
        return {kind: counts[place] for place, kind in enumerate(KINDS) if counts[place]}

    def usual_of(self, kind: OddKind) -> float | None:
        """The median of a kind's measure in the pool; None where it has none."""
        value = float(self.usual[KINDS.index(kind)])
        return value if np.isfinite(value) else None

    def sets_of(self, kind: OddKind) -> tuple[OddSet, ...]:
        """The pictures of one kind: sets whose labels differ first, then the oddest."""
        rows = np.flatnonzero(self.kinds == KINDS.index(kind))
        labels = labels_now(self.run, self.images[rows].tolist())
        pictures = [
            OddPicture(
                int(self.images[row]),
                kind,
                float(self.measures[row]),
                int(self.sets[row]) if self.sets[row] >= 0 else None,
                label,
            )
            for row, label in zip(rows.tolist(), labels, strict=True)
        ]
        if not kind.is_of_several:
            return tuple(OddSet((picture,)) for picture in pictures)
        by_set = groupby(pictures, key=lambda picture: picture.set_number)
        return tuple(
            sorted((OddSet(tuple(members)) for _, members in by_set), key=lambda s: not s.differs)
        )


@dataclass(frozen=True)
class NewlyFound:
    """Odd pictures, ready to be kept with the run."""

    run_id: str
    odd_of: str
    artefacts: Mapping[str, str]

    def deliver(self, session: Transaction) -> dict[str, Any]:
        """Keep them."""
        settings: Any = {"odd_of": self.odd_of}
        run_rows.update_run(session, self.run_id, settings=settings, artefacts=self.artefacts)
        return {"run_id": self.run_id}


def request_odd(ws: Workspace, run_id: str) -> Job:
    """Have the odd pictures of a run looked for.

    Raises
    ------
    NotFoundError, NotPreparedError, QueueFullError
    """
    run = open_run(ws, run_id)
    run.require_prepared()
    with ws.database.writing() as session:
        return _enqueue(session, run.row)


def look_again(session: Transaction, run: RunRow) -> None:
    """Have them looked for anew, if somebody did before: the images of the run are others now."""
    if run.settings.odd_of is not None and run.settings.odd_of != run.artefacts[Array.POOL]:
        with suppress(QueueFullError):  # then whoever opens the page asks for it
            _enqueue(session, run)


def _enqueue(session: Transaction, run: RunRow) -> Job:
    inputs = {"run_id": run.id, "pool": run.artefacts[Array.POOL]}
    return job_rows.enqueue(session, ODD, inputs, run_id=run.id)


def look_for_odd_pictures(ws: Workspace, run_id: str, progress: Progress = SILENT) -> NewlyFound:
    """Measure the pictures of a run's pool, and find what stands out among them.

    Raises
    ------
    NotFoundError, NotPreparedError
    """
    from labeler.learning.odd.finding import find_odd_pictures
    from labeler.learning.odd.measures import measure_pictures

    run = open_run(ws, run_id)
    run.require_prepared()
    pool, artefacts = run.pool, run.dataset.artefacts
    images = np.asarray(ws.array(artefacts[of_part("pool", "images")]))
    sizes = None
    if has_originals(run.dataset):
        sizes = np.asarray(ws.array(artefacts[of_part("pool", "sizes")]))[pool]
    measures = measure_pictures(_Shown(run, images).load, len(pool), progress)
    graph = run.graph if run.has_graph else None
    found = find_odd_pictures(measures, images[pool], run.features, graph, sizes, progress)
    arrays: dict[str, np.ndarray] = {name: getattr(found, part) for part, name in ARRAYS.items()}
    arrays[Array.ODD_IMAGES] = pool[found.images]
    return NewlyFound(run_id, run.row.artefacts[Array.POOL], ws.artefacts.save_all(arrays))


def odd_pictures_of(run: Run) -> FoundOdd | None:
    """What was found; None where nobody looked, or images were added or taken back since."""
    artefacts = run.row.artefacts
    if run.row.settings.odd_of is None or run.row.settings.odd_of != artefacts.get(Array.POOL):
        return None
    images = np.asarray(run.ws.array(artefacts[Array.ODD_IMAGES]))
    kept = {part: np.asarray(run.ws.array(artefacts[name])) for part, name in ARRAYS.items()}
    return FoundOdd(run, images, **kept)


@dataclass(frozen=True, eq=False)
class _Shown:
    """The pictures of a pool as people are shown them: small, but not as small as for features."""

    run: Run
    images: np.ndarray

    def load(self, places: slice) -> np.ndarray | list[np.ndarray]:
        numbers = self.run.pool[places]
        blobs = load_blobs(self.run.ws, self.run.dataset.artefacts, "pool", "rendition")
        if blobs is None:
            return np.asarray(self.images[numbers])
        return [
            np.asarray(renditions.decode(blobs[number])) if blobs[number] else self.images[number]
            for number in numbers.tolist()
        ]
