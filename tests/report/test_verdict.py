"""The verdict in words: what is known, how sure, what to do next, and what to beware of."""

from dataclasses import replace

import pytest

from labeler.config import RunConfig
from labeler.learning.figures import share_interval
from labeler.records import Interval, LabelingRun, Simulation, Stage
from labeler.records.label_quality import Audited, Choice, Foretold, Signs
from labeler.report.verdict import verdict

HEALTHY = Signs(
    n_pool=1000,
    n_labeled=1000,
    n_named=60,
    largest_class=0.2,
    named=("cat", "dog"),
    unnamed=(),
    unlike=0.0,
    foretold=Foretold(50, 60),
)


def judged_of(*stages: Stage, signs: Signs | None = None) -> Simulation:
    """Figures as they come, with nothing that a verdict does not look at."""
    sample = LabelingRun(0, None, (), None)  # type: ignore[arg-type]
    return Simulation(
        dataset="pets",
        preset="best",
        classifier="logistic",
        classes=("cat", "dog"),
        seeds=(0,),
        config=RunConfig(),
        stages=stages,
        seconds=1.0,
        notes=(),
        sample=sample,
        signs=signs,
    )


def stage(name: str, accuracy: float, label_accuracy: float | None = 0.9) -> Stage:
    method = "graph" if name == "propagated" else None
    measured = Interval(accuracy, None, (accuracy,))
    return Stage(name, 60, None, method, 1000, label_accuracy, measured, 1.0, ())


def text_of(simulation: Simulation, audited: Audited | None = None) -> str:
    judged = verdict(simulation, audited)
    assert 1 <= len(judged.sentences) <= 4
    return " ".join(judged.sentences)


def test_few_foretold_answers_say_not_to_use_the_labels() -> None:
    signs = replace(HEALTHY, n_named=22, foretold=Foretold(5, 22))
    assert text_of(judged_of(signs=signs)) == (
        "Only 5 of 22 answers could be foretold from the others (allowing for chance, 10 % to 43 "
        "%): don’t use these labels. Answer 30 more questions, or take other features."
    )


@pytest.mark.parametrize(
    ("n_right", "largest_class", "said"),
    [
        (50, 0.2, "The labels hold together"),
        (30, 0.2, "Part of the labels will be wrong"),
        (30, 0.5, "don’t use these labels"),
        (12, 0.2, "don’t use these labels"),
    ],
)
def test_what_guessing_would_foretell_counts_for_nothing(
    n_right: int, largest_class: float, said: str
) -> None:
    signs = replace(HEALTHY, largest_class=largest_class, foretold=Foretold(n_right, 60))
    assert said in text_of(judged_of(signs=signs))


def test_with_few_answers_to_a_class_features_are_not_blamed() -> None:
    signs = replace(HEALTHY, n_named=7, foretold=Foretold(1, 7))
    said = text_of(judged_of(signs=signs))
    assert "don’t use these labels yet. Answer 20 more questions." in said


@pytest.mark.parametrize(("claimed", "n_told"), [(0.71, 1), (0.3, 0), (None, 0)])
def test_confidences_that_claim_more_than_was_foretold_count_for_nothing(
    claimed: float | None, n_told: int
) -> None:
    signs = replace(HEALTHY, claimed=claimed, foretold=Foretold(13, 60))
    warnings = verdict(judged_of(signs=signs)).warnings
    assert sum("they claim 71 % on average" in warning for warning in warnings) == n_told
    assert not verdict(judged_of(signs=replace(signs, foretold=Foretold(50, 60)))).warnings


def test_what_is_foretold_is_called_no_accuracy_and_has_an_interval() -> None:
    judged = verdict(judged_of(signs=HEALTHY))
    assert judged.rests_on == "answers"
    assert (judged.low, judged.high) == share_interval(50, 60)
    assert "no accuracy" in " ".join(judged.sentences)


def test_answers_of_one_class_say_nothing_and_are_not_foretold() -> None:
    signs = replace(
        HEALTHY, n_named=2, largest_class=1.0, named=("cat",), unnamed=("dog", "bird"), n_labeled=60
    )
    simulation = judged_of(signs=signs)
    assert text_of(simulation) == (
        "Both answers are “cat”, so 60 images are labeled “cat”, whatever they show. "
        "Answer 20 more questions first."
    )
    assert verdict(simulation).warnings == (
        "No image was named “dog” or “bird”: no label says so either.",
    )
    assert verdict(simulation).share is None


def test_one_answer_that_labels_everything_is_told() -> None:
    signs = replace(HEALTHY, n_named=1, largest_class=1.0, named=("cat",), foretold=None)
    assert text_of(judged_of(signs=signs)).startswith("The only answer is “cat”, so 1,000 images")


def test_too_few_answers_are_said_to_be_too_few() -> None:
    signs = replace(HEALTHY, n_named=3, foretold=None)
    assert "too few" in text_of(judged_of(signs=signs))


def test_true_labels_are_what_is_known_where_there_are_any() -> None:
    simulation = judged_of(stage("propagated", 0.84, 0.859), signs=HEALTHY)
    assert text_of(simulation).startswith(
        "By the true labels, 85.9 % of 1,000 labels are right, and a classifier that learned from "
        "them names 84.0 % of the test images rightly. Put the least sure ones right"
    )
    assert verdict(simulation).rests_on == "true labels"


@pytest.mark.parametrize(
    ("share", "said", "then"),
    [
        (0.96, "used as they are", "use"),
        (0.9, "least sure", "look"),
        (0.5, "Don’t rely on", "answer"),
    ],
)
def test_what_to_do_next_follows_the_share_that_is_right(
    share: float, said: str, then: str
) -> None:
    simulation = judged_of(stage("propagated", 0.8, share))
    assert said in text_of(simulation)
    assert verdict(simulation).then == then


def test_an_audit_is_the_best_that_is_known_but_true_labels_stay_in_the_figures() -> None:
    audited = Audited(0.91, 0.88, 0.94, 200, 0.95)
    simulation = judged_of(stage("propagated", 0.84), signs=HEALTHY)
    assert text_of(simulation, audited).startswith(
        "91 % of the spread labels are right, between 88 % and 94 % (95 % sure): an audit of "
        "200 images says so."
    )
    judged = verdict(simulation, audited)
    assert (judged.rests_on, judged.share, judged.low, judged.high) == ("audit", 0.91, 0.88, 0.94)


@pytest.mark.parametrize(
    ("audited", "said"),
    [
        (
            Audited(0.996, 0.976, 1.0, 200, 0.95),
            "99.6 % of the spread labels are right, between",
        ),
        (Audited(1.0, 0.996, 1.0, 900, 0.95), "100 % of the spread labels are right, between 99.6"),
        (Audited(1 / 3, 1 / 3, 1 / 3, 6, 0.95), "33 % of the spread labels are right: an audit of"),
    ],
)
def test_all_is_said_of_all_alone_and_no_interval_of_a_census(audited: Audited, said: str) -> None:
    assert text_of(judged_of(signs=HEALTHY), audited).startswith(said)


def test_a_training_of_before_says_that_nothing_was_looked_at() -> None:
    assert verdict(judged_of()).rests_on == "nothing"
    assert "train again" in text_of(judged_of())


@pytest.mark.parametrize(("unlike", "is_told"), [(0.01, False), (0.12, True)])
def test_many_images_unlike_any_that_was_named_are_told(unlike: float, is_told: bool) -> None:
    warnings = verdict(judged_of(signs=replace(HEALTHY, unlike=unlike))).warnings
    assert any("12 % of the images are unlike" in warning for warning in warnings) == is_told


def test_many_unnamed_classes_are_counted() -> None:
    signs = replace(HEALTHY, unnamed=tuple(f"kind {n}" for n in range(9)))
    (warning,) = verdict(judged_of(signs=signs)).warnings
    assert warning.startswith("No image was named “kind 0”, “kind 1”")
    assert "or 4 other classes" in warning


@pytest.mark.parametrize(("taken", "is_told"), [("answers", True), ("combined", False)])
def test_spreading_that_foretells_less_than_the_answers_alone_is_told(
    taken: str, is_told: bool
) -> None:
    use = Choice(60, 0, "graph", taken, {"answers": 0.9, "propagated": 0.7}, 60)
    warnings = verdict(judged_of(signs=replace(HEALTHY, use=use))).warnings
    assert any("answers alone" in warning for warning in warnings) == is_told


def test_spreading_that_measures_worse_than_the_answers_alone_is_told() -> None:
    spread, alone = stage("propagated", 0.6), stage("representatives", 0.8)
    assert "answers alone" in verdict(judged_of(alone, spread)).warnings[0]
    assert verdict(judged_of(stage("answers", 0.8), spread)).warnings
    assert not verdict(judged_of(replace(alone, n_labels=200), spread)).warnings
    assert not verdict(judged_of(stage("representatives", 0.5), spread)).warnings


def test_names_cannot_steer_a_terminal() -> None:
    signs = replace(HEALTHY, unnamed=("\x1b[31mred",))
    assert "\x1b" not in verdict(judged_of(signs=signs)).warnings[0]
