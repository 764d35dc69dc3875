"""Labels from a file into a run: what somebody answered becomes answers, the rest suggestions.

``plan_import`` says what a file would do, and ``import_labels`` does it, in one transaction;
``past_imports`` has what takes it back. What the run has an answer for already is never replaced
unless that was asked for; a file that is imported twice changes nothing the second time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labeler.exceptions import ConfigError
from labeler.formats.reading import SUFFIXES, LabelFile, format_of, read_labels
from labeler.records import IN_REVIEW, UNLABELED, Source
from labeler.storage import answers as answer_rows
from labeler.storage import classes as class_rows
from labeler.storage import imports as import_rows
from labeler.storage import questions as question_rows
from labeler.storage import runs as run_rows
from labeler.storage.checking import reviews as review_rows
from labeler.storage.errors import AnswerConflictError
from labeler.storage.rows import AnswerSource, GivenAnswer, RunClass
from labeler.words import counted, well_formed
from labeler.workflow.exchange.choices import KEEP, TAKE, UNMARKED
from labeler.workflow.exchange.import_history import OPERATIONS
from labeler.workflow.exchange.import_plan import (
    FileAnswer,
    ImportOptions,
    ImportPlan,
    make_plan,
    plain_name,
)
from labeler.workflow.exchange.imported_names import recorded_name
from labeler.workflow.exchange.match_images import Match, match_images
from labeler.workflow.exchange.suggestions import (
    Suggestions,
    keep_suggestions,
    suggestions_of,
)
from labeler.workflow.run import Run, open_run, run_within
from labeler.workflow.workspace import Transaction, Workspace

MAX_NEW_QUESTIONS = 5_000
"""Images that a run may have answers for without having asked about them."""

MAX_NEW_CLASSES = 200
"""Classes that one file may add: more is a sign of a column mixed up."""

DEFAULTS = ImportOptions()


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes
    ----------
    import_id : int or None
        None if there was nothing to do.
    n_answers : int
        Recorded, those that replaced another included.
    n_replaced, n_kept : int
        Conflicts in which the file's, or the run's own answer stands.
    n_new_questions : int
    n_same : int
    n_suggestions : int
    classes_added : tuple of str
    n_left_out : int
        Rows whose image or class is not the run's, or that no question asks about.
    """

    import_id: int | None
    n_answers: int
    n_replaced: int
    n_kept: int
    n_new_questions: int
    n_same: int
    n_suggestions: int
    classes_added: tuple[str, ...]
    n_left_out: int

    @property
    def why_nothing(self) -> str:
        """Where there was nothing to do: why."""
        if self.n_left_out:
            known = "; the run says the others already" if self.n_same else ""
            return f"Nothing is taken: {counted(self.n_left_out, 'row')} left out{known}."
        return "Nothing to do: the run says all of this already."


def plan_import(run: Run, labels: LabelFile, options: ImportOptions = DEFAULTS) -> ImportPlan:
    """Say what a file would do; nothing is written.

    Raises
    ------
    InputError
        LABEL-3 if the file is about one image twice.
    NotPreparedError
    """
    run.require_prepared()
    return make_plan(run, labels, match_images(run, labels), options, run.ws.clock())


def import_labels(
    ws: Workspace,
    run_id: str,
    labels: LabelFile,
    options: ImportOptions = DEFAULTS,
    *,
    annotator: str = "",
    confirmed: str | None = None,
) -> Imported:
    """Write what ``plan_import`` says, in one transaction; the same file again changes nothing.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    labels : LabelFile
    options : ImportOptions
    annotator : str
        Who answered, where the file does not say.
    confirmed : str, optional
        The ``fingerprint`` of the plan that somebody saw. With ``take``, other conflicts than
        those are not overwritten: nothing is written then.

    Raises
    ------
    ConfigError
        The labels are about another data set, or ask for too many questions or classes.
    AnswerConflictError
        Somebody answered since the plan was seen.
    InputError, NotFoundError, NotPreparedError, BusyError
    """
    before = open_run(ws, run_id)
    before.require_prepared()
    match = match_images(before, labels)

    def work(session: Transaction) -> Imported:
        run_rows.hold(session, run_id)
        run = run_within(ws, session, run_id)
        return import_within(session, run, labels, match, options, annotator, confirmed)

    return ws.database.write(work)


def import_within(
    session: Transaction,
    run: Run,
    labels: LabelFile,
    match: Match,
    options: ImportOptions,
    annotator: str,
    confirmed: str | None = None,
) -> Imported:
    """The same inside a transaction that holds the run, for labels that were matched."""
    plan = make_plan(run, labels, match, options, run.ws.clock())
    _require_allowed(run, plan, options, confirmed)
    return _Import(session, run, plan, options, annotator).carry_out()


class _Import:
    """A plan on its way into the database."""

    def __init__(
        self,
        session: Transaction,
        run: Run,
        plan: ImportPlan,
        options: ImportOptions,
        annotator: str,
    ) -> None:
        self.session = session
        self.run = run
        self.run_id = run.id
        self.plan = plan
        self.options = options
        self.annotator = annotator

    def carry_out(self) -> Imported:
        plan = self.plan
        taken = plan.conflicts if self.options.on_conflict == TAKE else ()
        answers = (*plan.answers, *taken)
        added = self._add_classes()
        question_of = question_rows.add_imported(self.session, self.run_id, plan.new_images)
        operation_ids = [
            self._record(annotator, source, group, question_of)
            for (annotator, source, _), group in _groups(answers, self.annotator).items()
        ]
        suggested = self._suggested()
        n_left_out = len(plan.misfits) + plan.n_not_asked
        if not self.options.add_classes:
            n_left_out += sum(plan.unknown_classes.values())
        done = Imported(
            import_id=None,
            n_answers=len(answers),
            n_replaced=len(taken),
            n_kept=len(plan.conflicts) - len(taken),
            n_new_questions=len(plan.new_images),
            n_same=plan.n_same,
            n_suggestions=plan.n_suggestions,
            classes_added=added,
            n_left_out=n_left_out,
        )
        if not (operation_ids or suggested or added):
            return done
        number = self._remember(done, operation_ids, suggested)
        return replace(done, import_id=number)

    def _add_classes(self) -> tuple[str, ...]:
        if not self.options.add_classes or not self.plan.unknown_classes:
            return ()
        added: dict[str, RunClass] = {}
        for name in self.plan.unknown_classes:
            if plain_name(name) not in added:
                added[plain_name(name)] = class_rows.add(self.session, self.run_id, name)
        new_id = {plain: run_class.id for plain, run_class in added.items()}
        ids = [
            new_id.get(plain_name(name)) if class_id is None else class_id
            for name, class_id in zip(self.plan.class_names, self.plan.class_ids, strict=True)
        ]
        self.plan = replace(self.plan, class_ids=tuple(ids))
        return tuple(run_class.name for run_class in added.values())

    def _record(
        self,
        annotator: str,
        source: Source,
        answers: Sequence[FileAnswer],
        question_of: Mapping[int, int],
    ) -> int:
        class_of = dict(zip(self.plan.class_names, self.plan.class_ids, strict=True))
        given_answers = [
            GivenAnswer(
                question_of[answer.image] if answer.question_id is None else answer.question_id,
                answer.verdict,
                None if answer.class_name is None else class_of[answer.class_name],
                answer.answered_at,
            )
            for answer in answers
        ]
        of_content = _op_id(self.run_id, annotator, source, answers)
        op_id = answer_rows.free_op_id(self.session, of_content)
        recorded = answer_rows.record(
            self.session, self.run_id, op_id, annotator, given_answers, source=_said_by(source)
        )
        if source in IN_REVIEW:
            shown = given_answers[0].class_id if source == Source.REVIEWED else None
            review_rows.note_imported(self.session, recorded.operation_id, shown)
        return recorded.operation_id

    def _suggested(self) -> Suggestions | None:
        """What the run is to suggest; None where that is what it suggests already."""
        if not self.plan.n_suggestions:
            return None
        # The last entry is what UNLABELED (-1) picks.
        ids = [UNLABELED if class_id is None else class_id for class_id in self.plan.class_ids]
        table = np.array([*ids, UNLABELED], dtype=np.int64)
        incoming = replace(self.plan.suggestions, class_ids=table[self.plan.suggestions.class_ids])
        before = suggestions_of(self.run)
        after = incoming.laid_over(before)
        if np.array_equal(after.class_ids, before.class_ids) and np.array_equal(
            after.confidences, before.confidences, equal_nan=True
        ):
            return None
        return after

    def _remember(
        self, done: Imported, operation_ids: list[int], suggested: Suggestions | None
    ) -> int:
        """Note what was done, with what is suggested from now on; gives the import's number."""
        row = import_rows.add(
            self.session,
            self.run_id,
            file=well_formed(Path(self.plan.file).name),
            format=self.plan.format,
            n_answers=done.n_answers,
            n_suggestions=done.n_suggestions,
            operation_ids=operation_ids,
        )
        if suggested is not None:
            keep_suggestions(self.session, self.run, suggested, row.id)
        return row.number


def _require_allowed(
    run: Run, plan: ImportPlan, options: ImportOptions, confirmed: str | None
) -> None:
    if plan.other_dataset and not options.other_dataset:
        raise ConfigError(
            f"{plan.file} holds labels of another data set than the run's; say so "
            "(--other-dataset) to match them by file name."
        )
    if run.n_imported + len(plan.new_images) > MAX_NEW_QUESTIONS:
        raise ConfigError(
            f"{plan.file} answers {len(plan.new_images):,} images that no question asks about; "
            f"a run takes {MAX_NEW_QUESTIONS:,} of those. Leave them out (--no-new-questions), or "
            "make a data set of the images with these labels as its ground truth."
        )
    n_classes = len(plan.unknown_classes) if options.add_classes else 0
    if n_classes > MAX_NEW_CLASSES:
        raise ConfigError(
            f"{plan.file} would add {n_classes:,} classes, at most {MAX_NEW_CLASSES} are added at "
            "once; is another column the class?"
        )
    if options.on_conflict == TAKE and confirmed not in (None, plan.fingerprint):
        standing = [answer.standing for answer in plan.conflicts if answer.standing is not None]
        raise AnswerConflictError(
            "Somebody answered meanwhile; look at the conflicts again before overwriting them.",
            standing,
            run.revision,
        )


def _groups(
    answers: Sequence[FileAnswer], annotator: str
) -> dict[tuple[str, Source, str | None], list[FileAnswer]]:
    """The answers of each annotator and source: one operation has one of each.

    Of labels that somebody let stand it has one class, which is the one that was shown.
    """
    groups: dict[tuple[str, Source, str | None], list[FileAnswer]] = {}
    for answer in answers:
        who = recorded_name(answer.annotator or annotator)
        shown = answer.class_name if answer.source == Source.REVIEWED else None
        groups.setdefault((who, answer.source, shown), []).append(answer)
    return groups


def _said_by(source: Source) -> AnswerSource:
    return AnswerSource.ORACLE if source == Source.ORACLE else AnswerSource.HUMAN


def _op_id(run_id: str, annotator: str, source: Source, answers: Sequence[FileAnswer]) -> str:
    """Of what the file says, so that the same content is the same operation."""
    rows = sorted(
        [answer.image, answer.class_name or "", answer.verdict.value] for answer in answers
    )
    content = json.dumps([run_id, annotator, source.name.lower(), rows])
    return f"{OPERATIONS}{hashlib.sha256(content.encode()).hexdigest()[:40]}"


__all__ = [
    "KEEP",
    "SUFFIXES",
    "TAKE",
    "UNMARKED",
    "ImportOptions",
    "ImportPlan",
    "Imported",
    "format_of",
    "import_labels",
    "plan_import",
    "read_labels",
]
