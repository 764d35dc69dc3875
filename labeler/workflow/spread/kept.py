"""Labels that took seconds to spread: kept with the run's revision, and read again."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeler.plugins import PROPAGATIONS
from labeler.records import LabelSet
from labeler.storage import runs as run_rows
from labeler.storage.settings import SettingsChange
from labeler.workflow.array_names import SPREAD_ARRAYS, SPREAD_NET, Array, in_room, out_of_room
from labeler.workflow.run import Run
from labeler.workflow.runs.settings import SpreadSettings
from labeler.workflow.workspace import Transaction


@dataclass(frozen=True)
class KeptSpread:
    """Labels spread by confidence, ready to be written with the revision they belong to."""

    run_id: str
    revision: int
    method: str
    class_ids: tuple[int, ...]
    artefacts: Mapping[str, str]

    def deliver(self, session: Transaction) -> int:
        """Write them; gives the revision."""
        settings = SettingsChange(
            spread_of=(self.run_id, self.revision),
            spread_by=self.method,
            spread_classes=self.class_ids,
        )
        run_rows.update_run(session, self.run_id, settings=settings, artefacts=self.artefacts)
        return self.revision


def is_kept(run: Run, settings: SpreadSettings) -> bool:
    """Whether the labels of these settings were kept after the newest answer."""
    # A copy of a run has its settings, and other answers at the same revision.
    kept = run.row.settings
    if kept.spread_of != (run.id, run.revision) or kept.spread_by != settings.method:
        return False
    # Older versions did not keep the net.
    return not settings.plugin.needs_images or bool(out_of_room(SPREAD_NET, run.row.artefacts))


def arrays_of(label_set: LabelSet) -> dict[str, np.ndarray]:
    """What is kept of labels, by the names under which it is."""
    arrays = {name: getattr(label_set, part) for part, name in SPREAD_ARRAYS.items()}
    if label_set.probabilities is not None:
        arrays[Array.SPREAD_PROBABILITIES] = label_set.probabilities
    if label_set.new_probabilities is not None:
        arrays[Array.SPREAD_NEW] = label_set.new_probabilities
    if label_set.seen_by is not None:
        arrays |= in_room(SPREAD_NET, label_set.seen_by)
    return arrays


def kept_labels(run: Run) -> LabelSet:
    """The labels that were spread by confidence last, whatever was answered since."""
    artefacts = run.row.artefacts
    arrays = {
        part: np.asarray(run.ws.array(artefacts[name])) for part, name in SPREAD_ARRAYS.items()
    }
    soft = artefacts.get(Array.SPREAD_PROBABILITIES)
    probabilities = None if soft is None else run.ws.array(soft)
    return LabelSet(
        arrays["labels"],
        arrays["sources"],
        arrays["confidences"],
        arrays["origins"],
        probabilities=probabilities,
        new_probabilities=_kept_of_test(run),
        seen_by=_kept_net(run),
    )


def _kept_of_test(run: Run) -> np.ndarray | None:
    """What was seen in the test images; None if none were looked at, or some were added since."""
    kept = run.row.artefacts.get(Array.SPREAD_NEW)
    if kept is None or not PROPAGATIONS[run.row.settings.spread_by].needs_images:
        return None
    seen, held_out = run.ws.array(kept), run.held_out
    return seen if held_out is not None and len(seen) == len(held_out) else None


def _kept_net(run: Run) -> dict[str, np.ndarray] | None:
    """What looked at the images, if anything did."""
    if not PROPAGATIONS[run.row.settings.spread_by].needs_images:
        return None
    kept = out_of_room(SPREAD_NET, run.row.artefacts)
    return {name: np.asarray(run.ws.array(reference)) for name, reference in kept.items()} or None
