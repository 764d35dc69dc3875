"""An audit begun: the labels of now are pinned, and which images are asked about is drawn."""

from dataclasses import asdict

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.audit import AuditDesign, checkpoints, design_audit
from labeler.records import UNLABELED, Source
from labeler.storage.checking import audits as audit_rows
from labeler.storage.checking.audits import NewAudit
from labeler.storage.rows import Audit
from labeler.workflow.audit import kept
from labeler.workflow.audit.label_sets import hash_labels
from labeler.workflow.run import Run, open_run
from labeler.workflow.spread.spreading import spread_by
from labeler.workflow.training.last_trained import choose_set
from labeler.workflow.views import SpreadView
from labeler.workflow.workspace import Workspace

LARGEST_SEED = 2**31 - 1


def begin_audit(ws: Workspace, run_id: str, seed: int | None = None) -> Audit:
    """Begin to judge the labels of a run that an export would have now.

    Those that a person or an oracle gave are not judged. An audit before this one stays, with
    its figures, unless nobody answered any of it.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    seed : int, optional
        What is drawn with; by default that of the run, and the number of audits before.

    Raises
    ------
    ConfigError
        No label is spread.
    NotFoundError, NotPreparedError
    """
    run = open_run(ws, run_id)
    view = judged_labels(run)
    design = _design(run, view, _seed_after(run) if seed is None else seed)
    new = NewAudit(
        label_set=hash_labels(run, view),
        spread=asdict(choose_set(run).settings),
        seed=design.seed,
        artefacts=ws.artefacts.save_all(_arrays(run, view, design)),
        last_image=int(run.pool[design.images[-1]]),
        goal=checkpoints(design.population)[0],
    )
    return ws.database.write(lambda session: audit_rows.begin(session, run_id, new))


def judged_labels(run: Run) -> SpreadView:
    """The labels of a run that an export has: as they were trained last, or chosen last.

    Raises
    ------
    NotPreparedError
    """
    run.require_prepared()
    return spread_by(run, choose_set(run).settings)


def n_to_judge(run: Run) -> int:
    """How many labels of a run an audit that begins now would judge."""
    return len(_to_judge(judged_labels(run)))


def _to_judge(view: SpreadView) -> np.ndarray:
    labels, sources = view.label_set.labels, view.label_set.sources
    return np.flatnonzero((sources == Source.PROPAGATED) & (labels != UNLABELED))


def _design(run: Run, view: SpreadView, seed: int) -> AuditDesign:
    images = _to_judge(view)
    if not len(images):
        raise ConfigError(
            f"No label of the run {run.name!r} is spread yet: name some images first."
        )
    is_probability = not choose_set(run).settings.plugin.takes_fraction
    confidences = view.label_set.confidences[images]
    return design_audit(images, confidences, seed, is_probability=is_probability)


def _arrays(run: Run, view: SpreadView, design: AuditDesign) -> dict[str, np.ndarray]:
    return {
        kept.CLASS_IDS: run.labels.as_class_ids(view.label_set.labels),
        kept.SOURCES: view.label_set.sources,
        kept.CONFIDENCES: view.label_set.confidences,
        kept.IMAGES: design.images,
        kept.STRATA: design.strata,
        kept.SHARES: design.shares,
        kept.DECK: design.deck,
    }


def _seed_after(run: Run) -> int:
    n_before = 0 if run.audit is None else run.audit.audit.number
    return int((run.config.seed + n_before) % (LARGEST_SEED + 1))
