"""The way through a run, Label → Check → Use: its screens, what is done, what comes next.

``STEPS`` is all that a page, the help and the tests know of it: a new screen is one entry here.
"""

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from labeler import words
from labeler.plugins import PROPAGATIONS
from labeler.records.label_quality import Audited
from labeler.report.verdict import then_of
from labeler.web.http.science import needs_science
from labeler.web.http.templates import duration
from labeler.workflow.audit.kept import RunAudit
from labeler.workflow.audit.telling import in_brief
from labeler.workflow.budgets import questions_of
from labeler.workflow.views import RunView

SECONDS_A_QUESTION = 3
"""Until a run has a pace of its own."""


@dataclass(frozen=True)
class Screen:
    """One page of a run.

    Attributes
    ----------
    endpoint : str
        Its view; others of the same blueprint belong to it.
    title, short : str
        What it is called; where there is little room.
    does, then : str
        Two lines of help: what it is for, and how to go about it.
    beside : tuple of str
        Further blueprints whose pages belong to it.
    """

    endpoint: str
    title: str
    short: str
    does: str
    then: str
    beside: tuple[str, ...] = ()

    @property
    def blueprint(self) -> str:
        """The module in ``screens`` that shows it, and its anchor in the help."""
        return self.endpoint.partition(".")[0]

    @property
    def is_shown(self) -> bool:
        """Whether it is the page that is asked for, or one that belongs to it."""
        return request.blueprint in (self.blueprint, *self.beside)


@dataclass(frozen=True)
class Step:
    """A part of the way: its screens, the one that is opened first in front."""

    name: str
    screens: tuple[Screen, ...]


STEPS = (
    Step(
        "Label",
        (
            Screen(
                "label.show",
                "One at a time",
                "Name",
                "One image, large: say what it is, and the next one comes.",
                "Press the key beside its class, or Space where you can’t tell. An answer is kept "
                "at once and can be taken back.",
            ),
            Screen(
                "sheet.show",
                "Contact sheet",
                "Sheet",
                "All images you are asked about, those that look alike side by side.",
                "Select some by click, Shift-click or arrows, then press the key of their class.",
            ),
            Screen(
                "clusters.show",
                "Clusters",
                "Clusters",
                "Images that look alike, put together: one answer names such a cluster.",
                "Split a cluster that holds several things, and join those that are the same.",
            ),
        ),
    ),
    Step(
        "Check",
        (
            Screen(
                "train.show",
                "Spread and train",
                "Spread",
                "Your answers give labels to the images that look like them.",
                "Choose how sure a label has to be, look at the least sure ones, then train.",
            ),
            Screen(
                "report.show",
                "Report",
                "Report",
                "What these labels are worth, how sure that is, and what to do next.",
                "Read the first sentences; the figures behind them are below.",
            ),
            Screen(
                "check.show",
                "Audit",
                "Audit",
                "How right the labels are, with an interval, by images that you name blind.",
                "Name 50, and read the first figure; more images make its interval narrower.",
            ),
            Screen(
                "review.show",
                "Review",
                "Review",
                "Spread labels, the most doubtful first, a page of one class at a time.",
                "Mark what does not belong there and press Enter: the rest is confirmed.",
                beside=("odd", "one_image"),
            ),
        ),
    ),
    Step(
        "Use",
        (
            Screen(
                "export.show",
                "Export",
                "Export",
                "The labels as a file for other programs.",
                "Choose the program, leave out what you don’t want, and download.",
                beside=("import_labels",),
            ),
            Screen(
                "classifier.show",
                "Classifier",
                "Classifier",
                "What was learned, as a file that names new pictures.",
                "Make the model, try it on some pictures here, and download it.",
            ),
        ),
    ),
)


_ON_WITH_AUDIT = ("check.name", "Go on with the audit")
_TO_VERDICT = ("report.show", "Read what these labels are worth", "")
_AFTER_VERDICT = {
    "answer": ("clusters.show", "Ask for more questions", ""),
    "audit": ("check.show", "See how many of the labels are right", "a few minutes"),
    "look": ("review.show", "Put the least sure labels right", "a few minutes"),
    "use": ("export.show", "Export the labels", "a few seconds"),
}
"""Where to, what for, and how long it takes."""


@dataclass(frozen=True)
class StepState:
    """A step as one run has it.

    Attributes
    ----------
    step : Step
    is_current, is_done : bool
    state : str
        How far it is, in few words.
    """

    step: Step
    is_current: bool
    is_done: bool
    state: str


@dataclass(frozen=True)
class Next:
    """What to do next: where, in words, and how long it takes."""

    url: str
    title: str
    takes: str


def way_through(view: RunView) -> tuple[StepState, ...]:
    """The steps of a run, with how far each is."""
    n_given, in_all = view.summary.n_given, questions_of(view.summary)
    states = (
        (_is_labeled(view), f"{words.count(n_given)} of {words.count(in_all)}"),
        (_found(view) is not None, _check_state(view)),
        (False, ""),
    )
    return tuple(
        StepState(step, any(screen.is_shown for screen in step.screens), is_done, state)
        for step, (is_done, state) in zip(STEPS, states, strict=True)
    )


def next_of(view: RunView, then: str | None = None) -> Next | None:
    """What to do next in a run; None on the page where that is done, and until it is prepared.

    Parameters
    ----------
    view : RunView
    then : str, optional
        What the verdict says, on the page that shows it.
    """
    if not view.is_prepared:
        return None
    endpoint, title, takes = _next(view, then)
    is_back = endpoint == _TO_VERDICT[0] and request.endpoint == "check.show"
    if request.endpoint == endpoint or is_back:  # the verdict sends on to the audit
        return None
    values: dict[str, Any] = {"run_id": view.run.id}
    if endpoint == _ON_WITH_AUDIT[0] and view.audit is not None:
        values["number"] = view.audit.row.number
    return Next(url_for(endpoint, **values), title, takes)


def shown_screen() -> Screen | None:
    """The screen that the page asked for belongs to."""
    screens = (screen for step in STEPS for screen in step.screens)
    return next((screen for screen in screens if screen.is_shown), None)


def _next(view: RunView, then: str | None) -> tuple[str, str, str]:
    if not _is_labeled(view):
        n_left = questions_of(view.summary) - view.summary.n_given
        title = f"Answer {words.counted(n_left, 'more question')}"
        pace = view.seconds_per_question or SECONDS_A_QUESTION
        return "label.show", title, duration(n_left * pace)
    if view.audit is not None and _is_open(view.audit):
        return *_ON_WITH_AUDIT, duration(view.audit.n_open * SECONDS_A_QUESTION)
    if not view.is_trained:
        takes = PROPAGATIONS[view.propagation].takes
        return "train.show", "Spread and train", takes
    found = _found(view) if then is None else None
    if found is not None:
        then = then_of(found.estimate)
    return _AFTER_VERDICT.get(then or "", _TO_VERDICT)


def _is_labeled(view: RunView) -> bool:
    return view.is_prepared and not (view.summary.n_open or view.more_to_come)


def _is_open(audit: RunAudit) -> bool:
    return bool(audit.n_open) and not audit.is_released


def _found(view: RunView) -> Audited | None:
    """What an audit found, worked out once for a page; only where there is one, SciPy is needed."""
    if view.audit is None:
        return None
    if "audited" not in g:  # a page is of one run
        g.audited = needs_science(in_brief)(view.audit)
    audited: Audited | None = g.audited
    return audited


def _check_state(view: RunView) -> str:
    if view.audit is not None and _is_open(view.audit):
        n_asked = len(view.audit.questions)
        n_answered = n_asked - view.audit.n_open
        return f"an audit is open, {words.count(n_answered)} of {words.count(n_asked)} answered"
    found = _found(view)
    if found is not None and (view.is_trained or not view.was_trained):
        low, high = words.whole_percent(found.low), words.percent(found.high, 0)
        ends = "" if found.is_exact else f" ({low} to {high})"
        return (
            f"{words.whole_percent(found.estimate)} of the spread labels are right{ends}, by an "
            f"audit of {words.counted(found.n_answers, 'image')}"
        )
    if view.is_trained:
        return "trained"
    return "spread and train again" if view.was_trained else "not trained yet"
