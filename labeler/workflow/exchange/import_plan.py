"""What a file of labels would do to a run, worked out without writing anything."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from labeler.exceptions import ConfigError
from labeler.formats.reading import LabelFile
from labeler.records import IN_ANSWERS, UNLABELED, Source
from labeler.storage import classes as class_rows
from labeler.storage.rows import AskedQuestion, CurrentAnswer, Verdict
from labeler.words import counted
from labeler.workflow.exchange.choices import HUMAN, KEEP, ON_CONFLICT, SUGGESTIONS, UNMARKED
from labeler.workflow.exchange.match_images import Match, Misfit
from labeler.workflow.exchange.suggestions import Suggestions, nothing_suggested
from labeler.workflow.run import Run

IN_WORDS = {Verdict.SKIP: "skipped", Verdict.MIXED: "mixed"}


@dataclass(frozen=True)
class ImportOptions:
    """What to do where a file and a run do not fit.

    Attributes
    ----------
    on_conflict : str
        ``keep`` the run's own answers, or ``take`` the file's.
    unmarked : str
        What labels are of which the file does not say where they come from: ``suggestions``, or
        answers of a ``human``.
    add_classes : bool
        Whether classes that the run does not have are added; else their labels are left out.
    add_questions : bool
        Whether an answer for an image that no question asks about is taken; else it is left out.
    other_dataset : bool
        Whether labels of another data set are matched by their file names.

    Raises
    ------
    ConfigError
        ``on_conflict`` or ``unmarked`` is another word.
    """

    on_conflict: str = KEEP
    unmarked: str = SUGGESTIONS
    add_classes: bool = False
    add_questions: bool = True
    other_dataset: bool = False

    def __post_init__(self) -> None:
        for name, words in (("on_conflict", ON_CONFLICT), ("unmarked", UNMARKED)):
            if getattr(self, name) not in words:
                value = getattr(self, name)
                raise ConfigError(f"{name} is {value!r}; it must be {' or '.join(words)}.")


@dataclass(frozen=True)
class FileAnswer:
    """What the file says about one image that somebody answered.

    Attributes
    ----------
    row : int
    image : int
        Image number.
    question_id : int or None
        None for an image that no question asks about.
    class_name : str or None
        None for an answer that names no class.
    annotator : str
        As the file names them; may be empty.
    source : Source
        One of those that are answers.
    answered_at : datetime or None
        In UTC; None where the file gives none that may be true.
    standing : CurrentAnswer or None
        The run's own answer.
    standing_name : str or None
        In words: a class's name, ``skipped`` or ``mixed``.
    """

    row: int
    image: int
    question_id: int | None
    class_name: str | None
    annotator: str
    source: Source
    answered_at: datetime | None = None
    standing: CurrentAnswer | None = None
    standing_name: str | None = None
    verdict: Verdict = Verdict.CLASS

    @property
    def name(self) -> str:
        """In words: a class's name, ``skipped`` or ``mixed``."""
        return self.class_name or IN_WORDS[self.verdict]


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """What a file would do to a run.

    Attributes
    ----------
    file, format : str
    notes : tuple of str
        About how the file was read.
    n_labels, n_unlabeled : int
        Rows with a label, and without.
    n_unmarked : int
        Labels of which the file does not say where they come from.
    answers : tuple of FileAnswer
        For questions that have no answer, and for images that no question asks about.
    conflicts : tuple of FileAnswer
        Where the run has an answer that says something else.
    n_same : int
        Answers that the run has already.
    n_not_asked : int
        Answers left out because no question asks about their image, and none is to be added.
    unknown_classes : dict of str to int
        Classes that the run does not have, and how many labels have them.
    misfits : tuple of Misfit
        Rows whose image is not in the run's pool.
    suggestions : Suggestions
        In the classes of ``class_names``: index instead of id.
    n_suggestions : int
    n_moot : int
        Suggestions among them for questions that are answered already.
    class_names : tuple of str
        Of the file.
    class_ids : tuple of (int or None)
        The run's class for each of them.
    other_dataset : bool
        Whether the file says that its labels are about another data set.
    """

    file: str
    format: str
    notes: tuple[str, ...]
    n_labels: int
    n_unlabeled: int
    n_unmarked: int
    answers: tuple[FileAnswer, ...]
    conflicts: tuple[FileAnswer, ...]
    n_same: int
    n_not_asked: int
    unknown_classes: Mapping[str, int]
    misfits: tuple[Misfit, ...]
    suggestions: Suggestions
    n_suggestions: int
    n_moot: int
    class_names: tuple[str, ...]
    class_ids: tuple[int | None, ...]
    other_dataset: bool

    @cached_property
    def new_images(self) -> tuple[int, ...]:
        """Images with an answer that no question asks about."""
        return tuple(answer.image for answer in self.answers if answer.question_id is None)

    @cached_property
    def fingerprint(self) -> str:
        """Names exactly these conflicts: one that was not shown is not overwritten."""
        shown = [
            [answer.question_id, answer.standing.op_id if answer.standing else None, answer.name]
            for answer in self.conflicts
        ]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def make_plan(
    run: Run, labels: LabelFile, match: Match, options: ImportOptions, now: datetime
) -> ImportPlan:
    """Say what a file would do to a run as it stands.

    Parameters
    ----------
    run : Run
    labels : LabelFile
    match : Match
        Of the same file and run.
    options : ImportOptions
    now : datetime
        No answer can have been given later.
    """
    class_ids = _class_ids(run, labels.classes)
    unknown = np.array([class_id is None for class_id in class_ids] + [False])  # -1 is a skip
    is_here = match.places >= 0
    is_unknown = is_here & unknown[labels.labels]
    usable = is_here & (~is_unknown | options.add_classes)
    is_unmarked = (labels.sources == Source.NONE) & (labels.labels != UNLABELED)
    sources = np.where(
        is_unmarked,
        Source.HUMAN if options.unmarked == HUMAN else Source.PROPAGATED,
        labels.sources,
    )
    is_answer = usable & np.isin(sources, IN_ANSWERS)
    sorted_answers = _Sorted(run, labels, match, sources, np.flatnonzero(is_answer), now)
    asked, not_asked = sorted_answers.open, sorted_answers.not_asked
    suggestions, n_moot = _suggestions(run, labels, match, usable & ~is_answer)
    return ImportPlan(
        file=labels.source,
        format=labels.format,
        notes=(*labels.notes, *sorted_answers.notes()),
        n_labels=len(labels),
        n_unlabeled=labels.n_unlabeled,
        n_unmarked=int(np.count_nonzero(is_unmarked)),
        answers=(*asked, *(not_asked if options.add_questions else ())),
        conflicts=tuple(sorted_answers.conflicts),
        n_same=sorted_answers.n_same,
        n_not_asked=0 if options.add_questions else len(not_asked),
        unknown_classes=_counts(labels, is_unknown),
        misfits=match.misfits,
        suggestions=suggestions,
        n_suggestions=len(suggestions),
        n_moot=n_moot,
        class_names=labels.classes,
        class_ids=class_ids,
        other_dataset=match.other_dataset,
    )


class _Sorted:
    """The answers of a file: new ones, conflicts, those that are known, those nobody asked for."""

    def __init__(
        self,
        run: Run,
        labels: LabelFile,
        match: Match,
        sources: np.ndarray,
        places: np.ndarray,
        now: datetime,
    ) -> None:
        self.run = run
        self.labels = labels
        self.now = now
        self.n_to_come = 0
        self.names = {run_class.id: run_class.name for run_class in run.classes}
        self.class_ids = _class_ids(run, labels.classes)
        self.resolved = class_rows.resolve(run.classes)
        self.open: list[FileAnswer] = []
        self.not_asked: list[FileAnswer] = []
        self.conflicts: list[FileAnswer] = []
        self.n_same = 0
        questions = _question_of_image(run)
        for place in places.tolist():
            image = int(match.numbers[place])
            self._sort(place, image, Source(sources[place]), questions.get(image))

    def _sort(self, place: int, image: int, source: Source, question: AskedQuestion | None) -> None:
        label = int(self.labels.labels[place])
        answer = FileAnswer(
            row=int(self.labels.rows[place]),
            image=image,
            question_id=None if question is None else question.id,
            class_name=None if label == UNLABELED else self.labels.classes[label],
            annotator=self.labels.annotators[place],
            source=source,
            answered_at=self._answered_at(place),
            verdict=self._verdict(place),
        )
        standing = None if question is None else question.answer
        if question is None:
            self.not_asked.append(answer)
        elif standing is None:
            self.open.append(answer)
        elif self._is_same(standing, label, answer.verdict):
            self.n_same += 1
        else:
            name = self._name(standing)
            self.conflicts.append(replace(answer, standing=standing, standing_name=name))

    def notes(self) -> Iterator[str]:
        """What the user should know about the answers."""
        if self.n_to_come:
            answers = counted(self.n_to_come, "answer")
            yield f"{answers} with a time that is still to come: the time is left out"

    def _answered_at(self, place: int) -> datetime | None:
        naive: datetime | None = self.labels.answered_at[place].item()
        if naive is None:
            return None
        moment = naive.replace(tzinfo=UTC)
        if moment > self.now:
            self.n_to_come += 1
            return None
        return moment

    def _verdict(self, place: int) -> Verdict:
        if self.labels.labels[place] != UNLABELED:
            return Verdict.CLASS
        return Verdict.MIXED if self.labels.is_mixed[place] else Verdict.SKIP

    def _is_same(self, standing: CurrentAnswer, label: int, verdict: Verdict) -> bool:
        if label == UNLABELED:
            return standing.verdict is verdict
        wanted = self.class_ids[label]
        return wanted is not None and standing.class_id == self.resolved[wanted]

    def _name(self, standing: CurrentAnswer) -> str:
        if standing.class_id is None:
            return IN_WORDS[standing.verdict]
        return self.names[standing.class_id]


def plain_name(name: str) -> str:
    """What two names of one class have in common: all but case and outer space."""
    return name.strip().casefold()


def _class_ids(run: Run, names: Sequence[str]) -> tuple[int | None, ...]:
    """The run's class for each name: exactly so written, else but for case and outer space."""
    merged_last = sorted(run.classes, key=lambda run_class: run_class.merged_into is None)
    exact = {run_class.name: run_class.id for run_class in merged_last}
    alike = {plain_name(run_class.name): run_class.id for run_class in merged_last}
    return tuple(exact.get(name, alike.get(plain_name(name))) for name in names)


def _question_of_image(run: Run) -> dict[int, AskedQuestion]:
    """One question for each image: the newest that was answered, else the first."""
    by_image: dict[int, AskedQuestion] = {}
    for question in run.questions:
        if question.image not in by_image or question.answer is not None:
            by_image[question.image] = question
    return by_image


def _suggestions(
    run: Run, labels: LabelFile, match: Match, wanted: np.ndarray
) -> tuple[Suggestions, int]:
    """Over the pool, in the file's classes; and how many are for questions answered already."""
    suggestions = nothing_suggested(run.row.settings.n_pool)
    places = match.places[wanted]
    suggestions.class_ids[places] = labels.labels[wanted]
    suggestions.confidences[places] = labels.confidences[wanted]
    answered = [question.image for question in run.questions if question.answer is not None]
    return suggestions, int(np.isin(match.numbers[wanted], answered).sum())


def _counts(labels: LabelFile, chosen: np.ndarray) -> dict[str, int]:
    counts = Counter(labels.labels[chosen].tolist())
    return {name: counts[label] for label, name in enumerate(labels.classes) if counts[label]}
