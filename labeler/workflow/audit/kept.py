"""An audit of a run as it stands: what it asks, what was said, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labeler.learning.audit import NO_CLASS, AuditDesign, AuditSample, checkpoints, with_extras
from labeler.records import UNLABELED, Source
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Audit, AuditAnswer, KeptAudit, Verdict
from labeler.workflow.run import Run
from labeler.workflow.workspace import Workspace

CLASS_IDS, SOURCES, CONFIDENCES = "class_ids", "sources", "confidences"
"""Arrays over the pool of when it began."""

IMAGES, STRATA, SHARES, DECK = "images", "strata", "shares", "deck"
"""Arrays of its design; images are places in the pool."""


@dataclass(frozen=True, eq=False)
class RunAudit:
    """An audit of a run.

    Attributes
    ----------
    run : Run
        As it stands now.
    row : Audit
    answers : tuple of AuditAnswer
        Those that stand, in the order recorded.
    """

    run: Run
    row: Audit
    answers: tuple[AuditAnswer, ...]

    @cached_property
    def design(self) -> AuditDesign:
        """Which images are asked about, as it was fixed when the audit began."""
        strata = self.array(STRATA)
        return AuditDesign(
            images=self.array(IMAGES),
            strata=strata,
            sizes=np.bincount(strata),
            shares=self.array(SHARES),
            deck=self.array(DECK),
            seed=self.row.seed,
        )

    @cached_property
    def labels(self) -> np.ndarray:
        """The labels that are judged, in the classes of now; over the pool of when it began."""
        return self.run.labels.as_labels(self.drawn)

    @property
    def drawn(self) -> np.ndarray:
        """Ids of their classes as they were then, merged since or not; over the same pool."""
        return self.array(CLASS_IDS)

    @property
    def confidences(self) -> np.ndarray:
        """What these labels claim."""
        return self.array(CONFIDENCES)

    @property
    def n_named_before(self) -> int:
        """Labels of the set that people or an oracle gave, which are not judged."""
        sources = self.array(SOURCES)
        return int(np.count_nonzero((sources != Source.NONE) & (sources != Source.PROPAGATED)))

    @cached_property
    def questions(self) -> np.ndarray:
        """Places in the pool in the order asked until the goal; some come twice."""
        return questions_of(self.run.ws, self.row)

    @cached_property
    def is_repeat(self) -> np.ndarray:
        """Whether a question asks about an image again."""
        again = np.ones(len(self.questions), dtype=bool)
        again[np.unique(self.questions, return_index=True)[1]] = False
        return again

    @property
    def n_twice(self) -> int:
        """Images that come twice until the goal, for the auditor's own consistency."""
        return int(np.count_nonzero(self.is_repeat))

    @cached_property
    def standing(self) -> dict[int, AuditAnswer]:
        """By the place of the question, the answer that counts."""
        return {answer.place: answer for answer in self.answers}

    @cached_property
    def said(self) -> np.ndarray:
        """The label of each question's answer.

        ``NO_CLASS`` where it is none of these, ``UNLABELED`` for a skip, and where nothing is said.
        """
        given = [self.standing.get(place) for place in range(len(self.questions))]
        ids = [UNLABELED if answer is None else answer.class_id for answer in given]
        known = [UNLABELED if class_id is None else class_id for class_id in ids]
        said = self.run.labels.as_labels(np.array(known, dtype=np.int64))
        has_none = [answer is not None and answer.verdict is Verdict.NONE for answer in given]
        return np.where(has_none, NO_CLASS, said)

    @cached_property
    def is_answered(self) -> np.ndarray:
        """Whether each question has an answer."""
        answered = np.zeros(len(self.questions), dtype=bool)
        answered[[place for place in self.standing if place < len(answered)]] = True
        return answered

    @property
    def n_open(self) -> int:
        """Questions until the goal that nobody answered."""
        return int(np.count_nonzero(~self.is_answered))

    @cached_property
    def n_audited(self) -> int:
        """Images of the deck that are answered one after the other, from the first on."""
        answered = self.is_answered[self._places_of(self.design.deck[: self.row.goal])]
        return len(answered) if answered.all() else int(np.argmin(answered))

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """Numbers of images after which a figure is shown."""
        return tuple(sorted({*checkpoints(self.design.population), self.row.goal}))

    @property
    def reached(self) -> tuple[int, ...]:
        """The checkpoints that were reached."""
        return tuple(n for n in self.checkpoints if n <= self.n_audited)

    @property
    def next_goal(self) -> int | None:
        """The checkpoint after the goal; None where every image is named."""
        return next((n for n in self.checkpoints if n > self.row.goal), None)

    @property
    def is_released(self) -> bool:
        """Whether its answers are answers of the run, and so no more apart from what is judged."""
        return self.row.released_at is not None

    @property
    def is_newest(self) -> bool:
        """Whether none was begun after it, whose answers labels may have learned from."""
        return self.run.audit is not None and self.run.audit.audit.number == self.row.number

    @property
    def auditors(self) -> tuple[str, ...]:
        """Who answered."""
        return tuple(sorted({answer.annotator for answer in self.standing.values()}))

    def sample(self, n: int) -> AuditSample:
        """What was said of the first ``n`` images of the deck."""
        return self._said_of(self.design.deck[:n])

    def beside(self, n: int) -> AuditSample:
        """What was said of images that were asked about for their class, all of a class or none.

        Those among the first ``n`` of the deck are left out: ``sample`` has them.
        """
        drawn = [np.array(extra.images, dtype=np.int64) for extra in self.row.extras]
        done = [own for own in drawn if self.is_answered[self._places_of(own)].all()]
        images = np.concatenate([np.empty(0, dtype=np.int64), *done])
        return self._said_of(images[~np.isin(images, self.design.deck[:n])])

    def repeats(self) -> tuple[np.ndarray, np.ndarray]:
        """What was said first and then of the images that were answered twice."""
        again = np.flatnonzero(self.is_repeat & self.is_answered)
        firsts = np.unique(self.questions, return_index=True)
        before = firsts[1][np.searchsorted(firsts[0], self.questions[again])]
        both = self.is_answered[before]
        return self.said[before[both]], self.said[again[both]]

    def _said_of(self, images: np.ndarray) -> AuditSample:
        return AuditSample(self.design, images, self.said[self._places_of(images)])

    def _places_of(self, images: np.ndarray) -> np.ndarray:
        """Of the first question about each."""
        asked, firsts = np.unique(self.questions, return_index=True)
        return np.asarray(firsts[np.searchsorted(asked, images)])

    def array(self, name: str) -> np.ndarray:
        """One of its arrays."""
        return np.asarray(self.run.ws.array(self.row.artefacts[name]))


def questions_of(ws: Workspace, audit: Audit) -> np.ndarray:
    """``RunAudit.questions``, for whoever has no more than the row."""
    deck = ws.array(audit.artefacts[DECK])
    extras = [(extra.goal, extra.images) for extra in audit.extras]
    return with_extras(np.asarray(deck[: audit.goal]), extras)


def audit_of(run: Run) -> RunAudit | None:
    """The audit of a run that was begun last, as the run sees it."""
    return None if run.audit is None else RunAudit(run, run.audit.audit, run.audit.answers)


def audits_of(run: Run) -> tuple[RunAudit, ...]:
    """All audits of a run, the one that was begun last first."""
    return tuple(RunAudit(run, one.audit, one.answers) for one in run.audits)


def audit_that_counts(run: Run, label_set: str) -> RunAudit | None:
    """The audit that a label set is judged by.

    Of audits of these very labels the one with the most images named until its last checkpoint,
    of two as large the one that was begun first; else the last that got to a checkpoint, and
    before the first the one that was begun last. So a short audit never takes the place of a long
    one, which knows more, and one that was only begun hides nothing. And nobody gets a better
    figure by beginning anew until one pleases: what is chosen by is how much was asked, never what
    was found, and wherever it is told, so is how many audits there were.

    Parameters
    ----------
    run : Run
    label_set : str
        The hash of the labels.
    """
    alike = audits_of_labels(run, label_set)
    if not alike:
        return next((one for one in audits_of(run) if one.reached), audit_of(run))
    return max(alike, key=lambda audit: (audit.reached[-1], -audit.row.number))


def largest_sample(run: Run) -> AuditSample | None:
    """The images that most is known of by one audit, with what they are; None without any.

    Whatever labels it judged: what answers say of images, they say of every classifier that learned
    nothing from them. So audits whose answers were released are left out, and images that somebody
    named for the run since.
    """
    answered = [question.image for question in run.questions if question.answer is not None]
    learned_from = np.searchsorted(run.pool, answered)
    samples = [
        audit.sample(audit.reached[-1])
        for audit in audits_of(run)
        if audit.reached and not audit.is_released
    ]
    named = [
        sample.take(sample.named & ~np.isin(sample.images, learned_from)) for sample in samples
    ]
    largest = max(named, key=lambda sample: len(sample.images), default=None)
    return largest if largest is not None and len(largest.images) else None


def audits_of_labels(run: Run, label_set: str) -> list[RunAudit]:
    """Those audits of these very labels that got to a checkpoint."""
    return [one for one in audits_of(run) if one.row.label_set == label_set and one.reached]


def audit_among(audits: Sequence[RunAudit], number: int) -> RunAudit:
    """The one of that number.

    Raises
    ------
    NotFoundError
    """
    for audit in audits:
        if audit.row.number == number:
            return audit
    raise NotFoundError(f"The run has no audit {number}.")


def audit_numbered(run: Run, number: int) -> RunAudit:
    """The same, where it is the one of that number.

    Raises
    ------
    NotFoundError
        There is none, or another one was begun since.
    """
    newest = numbered(run.audit, number)
    return RunAudit(run, newest.audit, newest.answers)


def numbered(newest: KeptAudit | None, number: int) -> KeptAudit:
    """The audit of a run that was begun last, where it is the one of that number.

    Raises
    ------
    NotFoundError
    """
    if newest is None or newest.audit.number != number:
        raise NotFoundError(f"The run has no audit {number}, or another one was begun since.")
    return newest
