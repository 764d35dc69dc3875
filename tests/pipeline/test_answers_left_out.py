"""What labels claim of images whose answers were left out: unseen, and never made more of."""

from dataclasses import replace

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets import load_dataset
from labeler.learning.audit import calibration_error
from labeler.learning.propagation import Evidence
from labeler.pipeline import prepare
from labeler.pipeline.left_out import (
    FEWEST_ANSWERS,
    FEWEST_LEFT_OUT,
    LeftOut,
    folds_of,
    spread_without,
)
from labeler.pipeline.stages import label_by_oracle
from labeler.records import Answer, Question, Source
from tests.pipeline.two_phases import BEST

DIGITS = BEST.with_(features="pixels", n_labels=40)


def answers(n: int, source: Source = Source.HUMAN) -> list[Answer]:
    return [Answer(Question(image, image), image % 3, source) for image in range(n)]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    prepared = prepare(load_dataset("digits"), DIGITS)
    run, _ = label_by_oracle(prepared, DIGITS, comparisons=False)
    return prepared.evidence(run.answers, run.clusters)


def test_each_answer_is_left_out_once_and_what_was_reviewed_never() -> None:
    reviewed = [replace(answer, source=Source.REVIEWED) for answer in answers(3)]
    folds = folds_of([*answers(11), *reviewed], RunConfig())
    assert sorted(image for fold in folds for image in fold.images) == list(range(11))
    for fold in folds:
        own = [answer for answer in fold.kept if answer.source is Source.HUMAN]
        assert not {answer.question.image for answer in own} & set(fold.images)
        assert len(own) + len(fold.asked) == 11
        assert len(fold.kept) == len(own) + 3


def test_few_answers_leave_none_out() -> None:
    assert not folds_of(answers(FEWEST_ANSWERS - 1), RunConfig())
    assert folds_of(answers(FEWEST_ANSWERS), RunConfig())


def test_an_answer_is_judged_by_labels_that_never_saw_it(evidence: Evidence) -> None:
    """Whatever one answer says, the labels of the others claim the same of its image."""
    found = spread_without(evidence, DIGITS)
    first = folds_of(evidence.answers, DIGITS)[0].asked[0]
    other = replace(first, label=(int(first.label or 0) + 1) % 10)
    turned = [other if answer is first else answer for answer in evidence.answers]
    again = spread_without(replace(evidence, answers=turned), DIGITS)
    assert found is not None
    assert again is not None
    assert found.confidences[0] == again.confidences[0]
    assert np.all(found.is_right[0] >= again.is_right[0])


def test_images_that_were_asked_about_are_the_harder_ones(evidence: Evidence) -> None:
    found = spread_without(evidence, DIGITS)
    assert found is not None
    assert len(found) <= sum(answer.label is not None for answer in evidence.answers)
    assert 0.5 < found.is_right.mean() < 0.95  # of all labels 98 % are right


def test_what_no_other_answer_says_is_not_counted_and_few_say_nothing(evidence: Evidence) -> None:
    found = spread_without(evidence, DIGITS)
    first = folds_of(evidence.answers, DIGITS)[0].asked[0]
    alone = [replace(a, label=10) if a is first else a for a in evidence.answers]
    others = spread_without(replace(evidence, answers=alone, n_classes=11), DIGITS)
    assert found is not None
    assert others is not None
    assert len(others) == len(found) - 1
    few = replace(evidence, answers=evidence.answers[: FEWEST_LEFT_OUT - 1])
    assert spread_without(few, DIGITS) is None


def test_claims_are_lowered_to_what_is_right_and_never_raised() -> None:
    rng = np.random.default_rng(0)
    claimed = rng.uniform(0.5, 1, 2_000)
    true = claimed**3
    asked = slice(0, 200)
    right = rng.random(len(true)) < true
    too_much = LeftOut(claimed[asked], right[asked])
    lowered = too_much.cautious(2).calibrate(claimed, np.zeros(len(claimed), dtype=int))
    assert calibration_error(lowered, right) < calibration_error(claimed, right) / 2
    assert np.all(lowered < claimed)
    too_little = LeftOut(claimed[asked] - 0.4, right[asked])
    kept = too_little.cautious(2).calibrate(claimed, np.ones(len(claimed), dtype=int))
    np.testing.assert_allclose(kept, claimed, atol=1e-6)
    assert np.all(too_little.worth(claimed) > claimed)


def test_where_a_net_looks_none_is_taught_for_that(evidence: Evidence) -> None:
    """There are no images in this evidence to teach one from."""
    by_net = spread_without(evidence, DIGITS.with_(propagation="graph-net"))
    alone = spread_without(evidence, DIGITS)
    assert by_net is not None
    assert alone is not None
    assert by_net.is_right.mean() == pytest.approx(alone.is_right.mean(), abs=0.1)


@pytest.mark.parametrize("n", [4, 12, 100])
def test_labels_that_claim_everything_and_are_all_wrong_are_worth_little(n: int) -> None:
    belied = LeftOut(np.ones(n), np.zeros(n, dtype=bool))
    assert np.all(belied.worth(np.ones(3)) < 0.5)
    borne_out = LeftOut(np.full(n, 0.5), np.ones(n, dtype=bool))
    assert np.all((borne_out.worth(np.full(3, 0.5)) > 0.7) & (borne_out.worth(np.full(3, 0.5)) < 1))
