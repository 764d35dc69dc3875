"""Which use of its answers serves a run best: alone, spread, with neighbours, or all together.

Known without a single test image: a fifth of the answers is left out in turn, the others are used
in each way, and name the images whose answers were left out. Spread labels are worth more than the
answers alone wherever neighbours are of one class; where they are not, or where the answers are so
many that they say more themselves, the left-out answers tell.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from labeler import words
from labeler.config import RunConfig
from labeler.learning.audit import LogitCurve, drawn_to_chance, fit_slope
from labeler.learning.classifiers.logistic import LogisticClassifier
from labeler.learning.ensemble import Ensemble, of_every_class
from labeler.learning.evaluation import is_clearly_better
from labeler.learning.graph import neighbors_of
from labeler.learning.propagation import Evidence, answers_only
from labeler.learning.second_opinion import combined, opinion_of_neighbors
from labeler.pipeline.left_out import FEWEST_ANSWERS, FEWEST_LEFT_OUT, LeftOut, answer_folds
from labeler.pipeline.preparation import Prepared
from labeler.pipeline.questions import abstain, spread_answers
from labeler.pipeline.stages import (
    COMBINED,
    Outcome,
    StageKey,
    by_confidence,
    together_with_neighbours,
    train_and_score,
    train_together,
    trained_on,
)
from labeler.plugins import PROPAGATIONS
from labeler.progress import SILENT, Progress, track
from labeler.records import UNLABELED, Answer, LabelSet
from labeler.records.label_quality import Choice

ANSWERS, SPREAD, CHOSEN = "answers", "propagated", "chosen"
TOGETHER = "together"
"""The answers' own classifier, multiplied with what is combined: no row of the table by itself."""
_USES = {
    COMBINED: "spread labels combined with neighbours",
    SPREAD: "spread labels",
    ANSWERS: "the answers alone",
    TOGETHER: "the answers alone, spread labels and neighbours together",
}

LEARNED_ON = 5_000
"""Images that a regression learns from, of those that spreading labeled, to name left-out ones."""
IN_FULL = 10_000
"""Larger pools are spread over roughly while answers are left out: four times as fast."""


def choose_use(evidence: Evidence, config: RunConfig, progress: Progress = SILENT) -> Choice:
    """Compare the uses of the answers by those that are left out.

    Parameters
    ----------
    evidence : Evidence
        All of the answers, with the graph.
    config : RunConfig
        Of a run that spreads by confidence. The regression stands for every classifier, and no
        net is taught: minutes for the same choice.
    progress : Progress

    Returns
    -------
    Choice
        Combined, where there are too few answers to leave any out.
    """
    named = [answer for answer in evidence.answers if answer.label is not None]
    combined_only = Choice(config.n_labels, config.seed, config.propagation, COMBINED, {}, 0)
    if len(named) < FEWEST_ANSWERS:
        return combined_only
    uses, foretold = _left_out(named, evidence, config, progress)
    right = {use: left_out.is_right for use, left_out in uses.items()}
    taken = best_use(right)
    choice = replace(
        combined_only,
        taken=taken,
        named_rightly={use: float(images.mean()) for use, images in right.items()},
        n_answers=len(named),
    )
    known = uses[taken].take(foretold)
    if len(known) < FEWEST_LEFT_OUT or evidence.n_classes < 2:
        return choice
    slope = fit_slope(known.confidences, known.is_right, evidence.n_classes)
    return replace(choice, slope=slope, n_foretold=len(known))


def best_use(right: Mapping[str, np.ndarray]) -> str:
    """Combined with neighbours, unless the left-out answers speak against it.

    Where the answers alone are clearly better than that: these, unless the spread labels are
    clearly better still. Where it is in doubt, for the answers alone name as many rightly, or
    neighbours clearly mislead the classifier of spread labels: all together.

    Parameters
    ----------
    right : mapping of str to ndarray of shape (n,), dtype bool
        By use: which left-out images it names rightly.
    """
    alone, spread, both = right[ANSWERS], right[SPREAD], right[COMBINED]
    if is_clearly_better(alone, both):
        return SPREAD if is_clearly_better(spread, alone) else ANSWERS
    in_doubt = alone.sum() >= both.sum() or is_clearly_better(spread, both)
    return TOGETHER if in_doubt else COMBINED


def curve_of(choice: Choice, n_classes: int) -> LogitCurve | None:
    """What the confidences of the use that was taken are worth; None where that is not known."""
    return drawn_to_chance(choice.slope, n_classes) if choice.n_foretold else None


def alone_key(config: RunConfig) -> StageKey:
    """The row of the run's own answers alone."""
    return StageKey(ANSWERS, config.n_labels)


def chosen_key(config: RunConfig) -> StageKey:
    """The row of whichever use was chosen."""
    return replace(by_confidence(config), stage=CHOSEN)


def taken_key(choice: Choice, config: RunConfig) -> StageKey:
    """The row of the use that was chosen; there may be none of all together."""
    if choice.taken == ANSWERS:
        return alone_key(config)
    return replace(by_confidence(config), stage=choice.taken)


def score_choice(
    prepared: Prepared,
    choice: Choice,
    alone: LabelSet,
    label_set: LabelSet,
    outcomes: Mapping[StageKey, Outcome],
    config: RunConfig,
    progress: Progress = SILENT,
) -> dict[StageKey, Outcome]:
    """Score the answers alone, and the use that was chosen.

    Parameters
    ----------
    prepared : Prepared
        With a test part.
    choice : Choice
    alone : LabelSet
        The answers.
    label_set : LabelSet
        What was spread from them.
    outcomes : mapping of StageKey to Outcome
        Of ``label_set``, alone and combined.
    config : RunConfig
    progress : Progress

    Returns
    -------
    dict of StageKey to Outcome
        Their two rows.
    """
    rows = train_and_score(prepared, alone_key(config), alone, config, progress)
    if choice.taken == TOGETHER:
        taken = train_together(prepared, alone, label_set, config, progress)
    else:
        taken = {**outcomes, **rows}[taken_key(choice, config)]
    return rows | {chosen_key(config): taken}


def ensemble_of(
    prepared: Prepared,
    choice: Choice,
    alone: LabelSet,
    label_set: LabelSet,
    config: RunConfig,
    progress: Progress = SILENT,
) -> Ensemble:
    """What the use that was chosen makes of the labels, where nothing is there to score it on.

    Parameters
    ----------
    prepared, choice, alone, label_set, config, progress
        As of ``score_choice``, but for the test part.
    """
    if choice.taken == ANSWERS:
        return trained_on(prepared, alone, config, progress)
    by_labels = trained_on(prepared, label_set, config, progress)
    if choice.taken == SPREAD:
        return by_labels
    together = together_with_neighbours(by_labels, label_set)
    if choice.taken == COMBINED:
        return together
    by_answers = trained_on(prepared, alone, config, progress)
    return replace(together, alone=by_answers.classifier)


def describe_choices(choices: Sequence[Choice]) -> str:
    """What was chosen and why, as one sentence or two; ``choices`` are of one number of labels."""
    n_seeds, counts = len(choices), Counter(choice.taken for choice in choices)
    seeds = {use: f" in {n} of {n_seeds} seeds" if n_seeds > 1 else "" for use, n in counts.items()}
    ways = words.joined([_USES[use] + seeds[use] for use in _USES if use in counts])
    chosen = f"Chosen use of {words.counted(choices[0].n_labels, 'label')}: {ways}."
    known = [choice.named_rightly for choice in choices if choice.named_rightly]
    if not known:
        return f"{chosen} There are too few answers to leave any out and compare."
    shares = {use: words.percent(float(np.mean([one[use] for one in known]))) for use in _USES}
    return (
        f"{chosen} Of the answers, a fifth left out at a time, the others named rightly: "
        f"{shares[ANSWERS]} alone, {shares[SPREAD]} spread, {shares[COMBINED]} combined with "
        f"neighbours, {shares[TOGETHER]} all together.{_why(counts)}"
    )


def _why(counts: Mapping[str, int]) -> str:
    """What these shares led to, where every seed took the same."""
    return f" {_REASONS[next(iter(counts))]}" if len(counts) == 1 else ""


_REASONS = {
    COMBINED: "Nothing clearly speaks against neighbours.",
    SPREAD: "Spread labels are clearly better than the others.",
    ANSWERS: "The answers alone are clearly better.",
    TOGETHER: "None is clearly better, so all of them are heard.",
}


def _left_out(
    named: Sequence[Answer], evidence: Evidence, config: RunConfig, progress: Progress
) -> tuple[dict[str, LeftOut], np.ndarray]:
    """By use: what it says of the answers' images when these are left out.

    And which of the answers others can foretell, for they say the same of theirs: shape (n,).
    """
    images = np.array([answer.question.image for answer in named])
    labels = np.array([answer.label for answer in named])
    neighbors, squares = neighbors_of(evidence.X, images)
    foretold = np.zeros(len(named), dtype=bool)
    said = {use: np.zeros((len(named), evidence.n_classes)) for use in _USES}
    folds = list(answer_folds(len(named), config))
    for held in track(folds, progress, "Comparing uses of the answers"):
        kept = [named[number] for number in np.setdiff1d(np.arange(len(named)), held)]
        near = neighbors[held], squares[held]
        foretold[held] = np.isin(labels[held], [answer.label for answer in kept])
        for use, of_held in _said(kept, images[held], near, evidence, config).items():
            said[use][held] = of_held
    return {
        use: LeftOut(rows.max(axis=1), rows.argmax(axis=1) == labels) for use, rows in said.items()
    }, foretold


def _said(
    kept: Sequence[Answer],
    held: np.ndarray,
    near: tuple[np.ndarray, np.ndarray],
    evidence: Evidence,
    config: RunConfig,
) -> dict[str, np.ndarray]:
    """By use: probabilities of the held images, shape (n_held, n_classes), by the kept answers."""
    plugin = PROPAGATIONS[config.propagation]
    is_rough = plugin.needs_images or len(evidence.X) > IN_FULL
    parameters = plugin.constants.get("ROUGH", {}) if is_rough else {}
    others = replace(evidence, answers=kept)
    label_set = abstain(spread_answers(config, others, **parameters), config.threshold)
    alone = _regression(evidence, answers_only(kept, len(evidence.X)), held)
    spread = _regression(evidence, label_set, held)
    if label_set.probabilities is None:
        raise ValueError(f"labels spread by {config.propagation} are not soft")
    counted = label_set.labels != UNLABELED
    opinion = opinion_of_neighbors(*near, label_set.probabilities, counted)
    both = combined(spread, opinion)
    return {ANSWERS: alone, SPREAD: spread, COMBINED: both, TOGETHER: combined(alone, both)}


def _regression(evidence: Evidence, label_set: LabelSet, held: np.ndarray) -> np.ndarray:
    """What a regression on (some of) the labels says of the held images."""
    labeled, soft = label_set.labeled, label_set.probabilities
    if len(labeled) > LEARNED_ON:
        labeled = np.sort(np.random.default_rng(0).choice(labeled, LEARNED_ON, replace=False))
    trained = LogisticClassifier().fit(
        evidence.X[labeled],
        label_set.labels[labeled],
        probabilities=None if soft is None else soft[labeled],
    )
    return of_every_class(trained, evidence.X[held], evidence.n_classes)
