"""The preset ``thorough``, kept and simulated: a net beside the graph looks at the same images."""

from collections.abc import Callable

import numpy as np
import pytest

from labeler.config import preset
from labeler.datasets.base import Dataset
from labeler.imaging.pixels import unit_squares
from labeler.learning.propagation import graph_net
from labeler.learning.small_net.distortions import STRONG, Distortions
from labeler.learning.small_net.net import SIDE
from labeler.pipeline import simulate
from labeler.progress import SILENT, Progress
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.run import open_run
from labeler.workflow.spread import spreading
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace
from tests.pipeline.two_phases import figures
from tests.workflow.conftest import BUDGET, NewPrepared

METHOD = {"features": "pixels", "distortions": "strong"}


class NearestMean:
    """In place of the net: how near an image is to the mean of each class."""

    seen: list[Distortions]

    def __init__(self, distortions: Distortions, epochs: int, random_state: int) -> None:
        self.seen.append(distortions)

    def fit(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        answered: np.ndarray,
        progress: Progress = SILENT,
    ) -> None:
        flat = unit_squares(images, SIDE).reshape(len(images), -1)
        self.means = targets.T @ flat / targets.sum(axis=0)[:, None]

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        flat = unit_squares(images, SIDE).reshape(len(images), 1, -1)
        nearness = np.exp(-np.square(flat - self.means).mean(axis=2))
        return np.asarray(nearness / nearness.sum(axis=1, keepdims=True), dtype=np.float32)

    def state(self) -> dict[str, np.ndarray]:
        return {"weights.0": self.means}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Distortions]:
    NearestMean.seen = []
    monkeypatch.setattr(graph_net, "SmallNet", NearestMean)
    return NearestMean.seen


def test_a_run_has_the_figures_of_the_simulation_and_its_setting(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Callable[[Job], Job],
    bars: Dataset,
    seen: list[Distortions],
) -> None:
    config = preset("thorough").with_(seed=1, **METHOD)
    expected = simulate(bars, config, budgets=(BUDGET,), n_seeds=1)
    run = prepared(bars, preset="thorough", answerer="oracle", seed=1, **METHOD)
    job = finish(request_training(ws, run.id))
    assert job.status is JobStatus.DONE, job.error
    report = run_report(open_run(ws, run.id)).simulation
    assert report is not None
    assert figures(report) == figures(expected)
    assert [stage.method for stage in report.stages if stage.stage == "combined"] == ["graph-net"]
    assert set(seen) == {STRONG}


def test_a_run_of_another_preset_can_be_spread_with_a_net_later(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Callable[[Job], Job],
    bars: Dataset,
    seen: list[Distortions],
) -> None:
    run = prepared(bars, preset="best", features="pixels", answerer="oracle")
    assert not seen
    names = [plugin.name for plugin in spreading.possible_propagations(open_run(ws, run.id))]
    assert names == ["graph", "graph-net", "cluster"]
    job = spreading.request_spread(ws, run.id, method="graph-net")
    assert job is not None
    assert finish(job).status is JobStatus.DONE
    view = spreading.spread(open_run(ws, run.id), method="graph-net")
    assert (view.method, view.n_labeled) == ("graph-net", len(bars.train))
    n_asked = len(seen)
    assert n_asked
    spreading.spread(open_run(ws, run.id), threshold=0.5, method="graph-net")
    assert len(seen) == n_asked, "labels that are kept are not spread again"
    assert view.label_set.new_probabilities is not None
    assert len(view.label_set.new_probabilities) == 80
    other = spreading.request_spread(ws, run.id, method="graph")
    assert other is not None
    finish(other)
    plain = spreading.spread(open_run(ws, run.id), method="graph")
    assert plain.label_set.new_probabilities is None, "that belongs to other labels"
