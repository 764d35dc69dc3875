"""The answers of an audit become answers of the run, by an import that can be taken back.

From then on labels learn from them, so that they say nothing any more of how right these are.
"""

import numpy as np

from labeler.exceptions import ConfigError
from labeler.formats.reading import LabelFile
from labeler.records import UNLABELED, Source
from labeler.storage import runs as run_rows
from labeler.storage.checking import audits as audit_rows
from labeler.storage.rows import AnswerSource
from labeler.workflow.audit.kept import RunAudit, audit_numbered
from labeler.workflow.exchange.import_plan import ImportOptions
from labeler.workflow.exchange.importing import Imported, import_within
from labeler.workflow.exchange.match_images import Match
from labeler.workflow.run import run_within
from labeler.workflow.workspace import Transaction, Workspace

FORMAT = "audit"
"""The format of an import that read no file, but an audit."""

_SOURCES = {AnswerSource.HUMAN: Source.HUMAN, AnswerSource.ORACLE: Source.ORACLE}


def release_answers(ws: Workspace, run_id: str, number: int) -> Imported:
    """Make answers of the run of what the audit's answers named.

    Skips stay where they are, and so does what belongs to no class.

    What the run has an answer for already is left as it is. The import that this makes can be
    taken back, but the audit stays used up.

    Raises
    ------
    ConfigError
        That was done before, or nothing was named.
    NotFoundError, BusyError
    """

    def work(session: Transaction) -> Imported:
        run_rows.hold(session, run_id)
        audit = audit_numbered(run_within(ws, session, run_id), number)
        labels = _as_file(audit)
        images = labels.indices
        match = Match(images, audit.run.pool.searchsorted(images), (), other_dataset=False)
        done = import_within(session, audit.run, labels, match, ImportOptions(), audit.auditors[0])
        audit_rows.release(session, run_id, number)
        return done

    return ws.database.write(work)


def _as_file(audit: RunAudit) -> LabelFile:
    """The first answer to each image that was named."""
    places = np.flatnonzero(~audit.is_repeat & (audit.said > UNLABELED))
    if audit.is_released or not len(places):
        what = "were released before" if audit.is_released else "name no image yet"
        raise ConfigError(f"The answers of this audit {what}.")
    answers = [audit.standing[place] for place in places.tolist()]
    images = np.asarray(audit.run.pool)[audit.questions[places]].astype(np.int64)
    times = [answer.created_at.replace(tzinfo=None) for answer in answers]
    n = len(places)
    return LabelFile(
        source=f"audit {audit.row.number}",
        format=FORMAT,
        classes=audit.run.labels.names,
        rows=places + 1,
        indices=images,
        file_names=("",) * n,
        labels=audit.said[places],
        is_mixed=np.zeros(n, dtype=bool),
        sources=np.array([_SOURCES[answer.source] for answer in answers], dtype=np.int8),
        confidences=np.full(n, np.nan, dtype=np.float32),
        annotators=tuple(answer.annotator for answer in answers),
        answered_at=np.array(times, dtype="datetime64[us]"),
        n_unlabeled=0,
    )
