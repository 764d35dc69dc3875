"""Answers spread over the graph with a small net beside it: what it is asked, and how often."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from labeler.learning.clustering import cluster
from labeler.learning.graph import neighbour_graph
from labeler.learning.propagation import Evidence, graph_net, propagate_over_graph
from labeler.learning.propagation.graph_net import GraphNetPropagation, epochs, rounds
from labeler.learning.small_net.distortions import STRONG, WEAK, Distortions
from labeler.plugins import PROPAGATIONS
from labeler.progress import SILENT, Progress
from labeler.records import Answer, Question, Source
from tests.conftest import make_bars

ANSWERED = [0, 1, 2, 3, 4, 5, 6, 7]


class FakeNet:
    """Knows the truth, and remembers what it was asked."""

    seen: list["FakeNet"]
    truth: np.ndarray

    def __init__(self, distortions: Distortions, epochs: int, random_state: int) -> None:
        self.distortions, self.epochs = distortions, epochs
        self.seen.append(self)

    def fit(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        answered: np.ndarray,
        progress: Progress = SILENT,
    ) -> None:
        self.targets, self.answered = targets, answered.tolist()
        self.n_looked_at: list[int] = []

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        self.n_looked_at.append(len(images))
        return np.eye(4, dtype=np.float32)[self.truth] * 0.9 + 0.025

    def state(self) -> dict[str, np.ndarray]:
        return {"weights.0": self.truth}


@pytest.fixture
def evidence() -> Evidence:
    train = make_bars().train
    rng = np.random.default_rng(0)
    X = rng.normal(size=(len(train), 6)).astype(np.float32)  # the graph by itself knows nothing
    answers = [Answer(Question(i), int(train.labels[i]), Source.HUMAN) for i in ANSWERED]
    skipped = Answer(Question(9), None, Source.HUMAN)
    clusters = cluster(X, 4, rng)
    return Evidence([*answers, skipped], clusters, X, neighbour_graph(X), 4, train.images)


@pytest.fixture
def nets(monkeypatch: pytest.MonkeyPatch) -> list[FakeNet]:
    FakeNet.seen, FakeNet.truth = [], make_bars().train.labels
    monkeypatch.setattr(graph_net, "SmallNet", FakeNet)
    return FakeNet.seen


def test_what_the_net_says_counts_beside_the_graph(evidence: Evidence, nets: list[FakeNet]) -> None:
    truth = FakeNet.truth
    graph = evidence.graph
    assert isinstance(graph, csr_array)
    alone = propagate_over_graph(evidence.answers, graph, evidence.X, 4)
    assert alone.probabilities is not None
    spread = GraphNetPropagation().propagate(evidence)
    assert (alone.labels == truth).mean() < 0.5 < 0.7 < (spread.labels == truth).mean()
    assert (spread.labels[ANSWERED] == truth[ANSWERED]).all()
    assert (spread.confidences[ANSWERED] == 1).all()
    assert (spread.sources[ANSWERED] == Source.HUMAN).all()
    assert len(nets) == rounds(epochs(200)) == 2
    assert nets[0].answered == ANSWERED, "a skip is no answer"
    assert np.array_equal(nets[0].targets, alone.probabilities), "it begins where the graph ends"
    first, second = ((net.targets.argmax(axis=1) == truth).mean() for net in nets)
    assert second > first + 0.1, "the second learns what the first led to"


def test_other_images_are_looked_at_by_the_last_net_alone(
    evidence: Evidence, nets: list[FakeNet]
) -> None:
    assert GraphNetPropagation().propagate(evidence).new_probabilities is None
    assert evidence.images is not None
    spread = GraphNetPropagation().propagate(replace(evidence, new_images=evidence.images[:7]))
    assert spread.new_probabilities is not None
    assert [net.n_looked_at for net in nets[-2:]] == [[200], [200, 7]]


def test_without_a_round_it_is_the_graph_alone(evidence: Evidence, nets: list[FakeNet]) -> None:
    graph = evidence.graph
    assert isinstance(graph, csr_array)
    alone = propagate_over_graph(evidence.answers, graph, evidence.X, 4, n_refinements=0)
    rough = GraphNetPropagation(**PROPAGATIONS["graph-net"].constants["ROUGH"]).propagate(evidence)
    assert alone.probabilities is not None
    assert rough.probabilities is not None
    assert np.array_equal(rough.probabilities, alone.probabilities)
    assert nets == []


@pytest.mark.parametrize(
    ("named", "expected"), [("weak", WEAK), ("strong", STRONG), ("auto", WEAK)]
)
def test_distortions_are_those_that_are_named_or_follow_from_the_images(
    evidence: Evidence, nets: list[FakeNet], named: str, expected: Distortions
) -> None:
    GraphNetPropagation(named).propagate(evidence)
    assert {net.distortions for net in nets} == {expected}


def test_images_without_an_up_are_distorted_strongly(nets: list[FakeNet]) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (200, 8, 8), dtype=np.uint8)
    X = rng.normal(size=(200, 6)).astype(np.float32)
    answers = [Answer(Question(0), 1, Source.HUMAN)]
    evidence = Evidence(answers, cluster(X, 2, rng), X, neighbour_graph(X), 4, images)
    GraphNetPropagation().propagate(evidence)
    assert {net.distortions for net in nets} == {STRONG}


def test_it_needs_graph_and_images(evidence: Evidence) -> None:
    for lacking in (replace(evidence, graph=None), replace(evidence, images=None)):
        with pytest.raises(ValueError, match="needs both"):
            GraphNetPropagation().propagate(lacking)


def test_the_more_images_the_fewer_epochs() -> None:
    sizes = (1, 852, 1_437, 5_000, 60_000, 1_000_000)
    asked = [epochs(size) for size in sizes]
    assert asked == sorted(asked, reverse=True)
    assert (asked[1], asked[-2], asked[-1]) == (50, 4, 4)
    assert [rounds(n) for n in asked] == [2, 2, 2, 1, 1, 1]
