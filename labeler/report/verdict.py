"""What labels are worth, in one to four plain sentences: known, how sure, what to do next."""

from collections.abc import Iterator
from math import isnan, sqrt

from labeler import words
from labeler.learning.figures import share_interval
from labeler.plugins import FIRST, of_phase
from labeler.records import Simulation, Stage
from labeler.records.label_quality import Audited, Foretold, Signs
from labeler.records.results import RestsOn, Then, Verdict
from labeler.report.scores import main_stage

RIGHT_ENOUGH, MOSTLY_RIGHT = 0.95, 0.8
"""Shares of right labels from which they can be used as they are, or after a look."""

FORETOLD_WELL, HARDLY_FORETOLD = 0.6, 0.15
"""Shares of the answers that guessing the class most often named would not foretell. Of pictures of
noise none are foretold beyond that; see docs/measured.md."""

ENOUGH_OF_A_CLASS = 4
"""With fewer answers to a class, leaving some out takes much of what is known of it: little that is
foretold is no sign of bad features yet."""

UNLIKE = 0.03
"""From this share of the images on they are told of, if they are unlike any that was named."""

FEWEST_MORE, MOST_MORE = 20, 100
CLASSES_TOLD = 5

ANSWERS = "answers"
"""The stage, and the use, of answers that are not spread."""

NO_ACCURACY = (
    "That is no accuracy: most images asked about are the most typical or the most doubtful ones."
)


def verdict(simulation: Simulation, audited: Audited | None = None) -> Verdict:
    """Judge labels by the best that is known of them: an audit, true labels, or the answers.

    Parameters
    ----------
    simulation : Simulation
        Of a kept run or of none.
    audited : Audited, optional
        What an audit of the same labels found.
    """
    stage, signs = main_stage(simulation), simulation.signs
    warnings = tuple(_warnings(simulation, stage))
    if audited is not None:
        return _by_audit(audited, signs, warnings)
    if stage is not None:
        return _by_truth(stage, warnings)
    if signs is None:
        sentence = "How right these labels are is not known: train again to have it looked at."
        return _verdict((sentence,), warnings, "look", "nothing")
    return _by_answers(signs, warnings)


def _by_audit(audited: Audited, signs: Signs | None, warnings: tuple[str, ...]) -> Verdict:
    right = f"{words.whole_percent(audited.estimate)} of the spread labels are right"
    low, high = words.whole_percent(audited.low), words.percent(audited.high, 0)
    n = words.counted(audited.n_answers, "image")
    if audited.is_exact:
        known = f"{right}: an audit of all {n} says so."
    else:
        sure = f"{100 * audited.level:.3g} % sure"
        known = f"{right}, between {low} and {high} ({sure}): an audit of {n} says so."
    share, interval = audited.estimate, (audited.low, audited.high)
    advice = _advice(share, _more(signs))
    return _verdict((known, advice), warnings, then_of(share), "audit", share, interval)


def _by_truth(stage: Stage, warnings: tuple[str, ...]) -> Verdict:
    test = (
        f"a classifier that learned from them names {words.interval(stage.test_accuracy)} of the "
        "test images rightly"
    )
    share = stage.label_accuracy
    if share is None or isnan(share):
        known = f"How many of the labels are right is not known, but {test}."
        return _verdict((known,), warnings, "look", "true labels")
    labels = words.counted(stage.n_train, "label")
    known = f"By the true labels, {words.percent(share)} of {labels} are right, and {test}."
    advice = _advice(share, stage.n_labels)
    return _verdict((known, advice), warnings, then_of(share), "true labels", share)


def _by_answers(signs: Signs, warnings: tuple[str, ...]) -> Verdict:
    foretold, more = signs.foretold, _more(signs)
    if len(signs.named) == 1:
        known = _of_one_class(signs)
        return _verdict((known, f"{_asking(more)} first."), warnings, "answer", "nothing")
    if foretold is None:
        known = (
            f"Only {words.counted(signs.n_named, 'image')} are named: too few to say anything of "
            "the other labels."
        )
        return _verdict((known, f"{_asking(more)} first."), warnings, "answer", "nothing")
    share = foretold.n_right / foretold.n_answers
    interval = share_interval(foretold.n_right, foretold.n_answers)
    beyond = (share - signs.largest_class) / (1 - signs.largest_class)
    if beyond < HARDLY_FORETOLD and signs.claimed is not None and signs.claimed > interval[1]:
        claimed = words.percent(signs.claimed, 0)
        warnings += (f"Confidences count for nothing here: they claim {claimed} on average.",)
    is_early = signs.n_named < ENOUGH_OF_A_CLASS * len(signs.named)
    sentences = _foretold(foretold, interval, beyond, is_early, more)
    then: Then = "answer" if beyond < HARDLY_FORETOLD else "audit"
    return _verdict(sentences, warnings, then, "answers", share, interval)


def _foretold(
    foretold: Foretold, interval: tuple[float, float], beyond: float, is_early: bool, more: int
) -> tuple[str, ...]:
    low, high = (words.percent(end, 0) for end in interval)
    counts = (
        f"{words.count(foretold.n_right)} of {words.counted(foretold.n_answers, 'answer')} could "
        "be foretold from the others"
    )
    chance = f"allowing for chance, {low} to {high}"
    if beyond < HARDLY_FORETOLD:
        first = f"Only {counts} ({chance}): don’t use these labels{' yet' if is_early else ''}."
        return first, f"{_asking(more)}{'' if is_early else ', or take other features'}."
    if beyond < FORETOLD_WELL:
        then = (
            "Part of the labels will be wrong: look at the least sure ones first, or "
            f"{_asking(more).lower()}. An audit tells how many."
        )
    else:
        then = "The labels hold together: an audit tells how many of them are right."
    return f"{counts} ({chance}).", NO_ACCURACY, then


def as_many_again(n_named: int, n_pool: int) -> int:
    """How many more answers to ask for.

    As many again, in tens: what is few grows quickly, what is much is not asked at once.

    Parameters
    ----------
    n_named, n_pool : int
        Images that somebody named, of all to be labeled.

    Returns
    -------
    int
        At least 1.
    """
    again = -(-min(max(n_named, FEWEST_MORE), MOST_MORE) // 10) * 10
    return max(1, min(again, n_pool - n_named))


def then_of(share: float) -> Then:
    """What to do with labels of which this share is right."""
    if share >= RIGHT_ENOUGH:
        return "use"
    return "look" if share >= MOSTLY_RIGHT else "answer"


def _advice(share: float, more: int) -> str:
    then = then_of(share)
    if then == "use":
        return "They can be used as they are."
    if then == "look":
        return "Put the least sure ones right before you rely on them, or answer more questions."
    return f"Don’t rely on them yet: {_asking(more).lower()}, or take other features."


def _of_one_class(signs: Signs) -> str:
    name = words.printable(signs.named[0])
    answers = {1: "The only answer is", 2: "Both answers are"}
    given = answers.get(signs.n_named, f"All {signs.n_named:,} answers are")
    return (
        f"{given} “{name}”, so {words.counted(signs.n_labeled, 'image')} "
        f"{'is' if signs.n_labeled == 1 else 'are'} labeled “{name}”, whatever they show."
    )


def _asking(more: int) -> str:
    return f"Answer {words.counted(more, 'more question')}"


def _more(signs: Signs | None) -> int:
    return FEWEST_MORE if signs is None else as_many_again(signs.n_named, signs.n_pool)


def _warnings(simulation: Simulation, stage: Stage | None) -> Iterator[str]:
    signs = simulation.signs
    if signs is not None and signs.unnamed:
        yield f"No image was named {_listed(signs.unnamed)}: no label says so either."
    if signs is not None and signs.unlike >= UNLIKE:
        yield (
            f"About {words.percent(signs.unlike, 0)} of the images are unlike any that was named: "
            "their labels are guesses."
        )
    if _is_spreading_worse(simulation, stage):
        yield "The answers alone name images better than the labels that were spread from them."


def _listed(names: tuple[str, ...]) -> str:
    told = [f"“{words.printable(name)}”" for name in names[:CLASSES_TOLD]]
    rest = len(names) - len(told)
    told += [words.counted(rest, "other class", "other classes")] if rest else []
    return words.joined(told).replace(" and ", " or ")


def _is_spreading_worse(simulation: Simulation, stage: Stage | None) -> bool:
    """Beyond chance: by test images, or else by answers that were left out."""
    if stage is not None:
        return any(_is_clearly_better(other, stage) for other in _unspread(simulation, stage))
    use = None if simulation.signs is None else simulation.signs.use
    return use is not None and use.taken == ANSWERS


def _unspread(simulation: Simulation, stage: Stage) -> list[Stage]:
    """The answers, or as many on the images that are asked about first, by themselves."""
    return [
        other
        for other in simulation.stages
        if other.stage in (ANSWERS, *of_phase(FIRST)) and other.n_labels == stage.n_labels
    ]


def _is_clearly_better(other: Stage, stage: Stage) -> bool:
    n_tested = sum(float(scores.support.sum()) for scores in stage.scores)
    share = stage.test_accuracy.mean
    two_errors = 2 * sqrt(2 * share * (1 - share) / n_tested) if n_tested else 0
    return other.test_accuracy.mean - share > two_errors


def _verdict(
    sentences: tuple[str, ...],
    warnings: tuple[str, ...],
    then: Then,
    rests_on: RestsOn,
    share: float | None = None,
    interval: tuple[float, float] | None = None,
) -> Verdict:
    low, high = (None, None) if interval is None else interval
    return Verdict(
        sentences=sentences,
        warnings=warnings,
        then=then,
        rests_on=rests_on,
        share=share,
        low=low,
        high=high,
    )
