"""What a simulation computed from images, a run finds, and the other way round."""

from collections import Counter
from collections.abc import Callable

import pytest

from labeler.config import preset
from labeler.datasets.base import Dataset
from labeler.files import TEMPORARY_FILES
from labeler.pipeline import preparation, simulate
from labeler.pipeline.preparation import CLUSTER_ARRAYS, FEATURES, GRAPH_ARRAYS
from labeler.records import Simulation
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.run import open_run
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace
from tests.workflow.conftest import BUDGET, NewPrepared

SETTINGS = {"preset": "best", "features": "pixels", "seed": 1}

Figures = list[tuple[object, ...]]
Way = Callable[[Dataset], Figures]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each step was computed."""
    counts: Counter[str] = Counter()
    for name in ("compute_features", "compute_graph", "compute_clusters"):
        original = getattr(preparation, name)

        def counting(*given: object, name: str = name, original: object = original) -> object:
            counts[name] += 1
            return original(*given)  # type: ignore[operator]

        monkeypatch.setattr(preparation, name, counting)
    return counts


@pytest.fixture
def run_by_simulation(ws: Workspace) -> Way:
    config = preset("best").with_(features="pixels", seed=1)

    def run(dataset: Dataset) -> Figures:
        return figures(
            simulate(dataset, config, budgets=(BUDGET,), n_seeds=1, cache=ws.feature_cache)
        )

    return run


@pytest.fixture
def run_and_keep(ws: Workspace, prepared: NewPrepared, finish: Callable[[Job], Job]) -> Way:
    def run(dataset: Dataset) -> Figures:
        kept = prepared(dataset, answerer="oracle", **SETTINGS)
        job = finish(request_training(ws, kept.id))
        assert job.status is JobStatus.DONE, job.error
        found = run_report(open_run(ws, kept.id)).simulation
        assert found is not None
        return figures(found)

    return run


def figures(simulation: Simulation) -> Figures:
    return [
        (one.stage, one.method, one.label_accuracy, one.test_accuracy.per_seed)
        for one in simulation.stages
    ]


@pytest.mark.parametrize("data", ["bars", "bars_without_test"])
@pytest.mark.parametrize("simulation_is_first", [True, False])
def test_features_graph_and_clusters_are_computed_once(
    run_by_simulation: Way,
    run_and_keep: Way,
    computed: Counter[str],
    request: pytest.FixtureRequest,
    data: str,
    simulation_is_first: bool,
) -> None:
    dataset = request.getfixturevalue(data)
    ways = (run_by_simulation, run_and_keep)
    first, second = ways if simulation_is_first else reversed(ways)
    expected = first(dataset)
    # Those of the run itself, and of as many labels for clusters alone, which it is compared with.
    once = {"compute_features": 1, "compute_graph": 1, "compute_clusters": 2}
    assert computed == once
    assert second(dataset) == expected
    assert computed == once


def test_what_a_run_and_the_cache_have_takes_room_once(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    artefacts = prepared(bars, answerer="oracle", **SETTINGS).artefacts
    for name in (FEATURES, *GRAPH_ARRAYS.values(), *CLUSTER_ARRAYS.values()):
        (cached,) = ws.feature_cache.folder.glob(f"*[0-9a-f].{name}.npy")
        assert cached.samefile(ws.artefacts.path(artefacts[name]))
    assert not list(ws.feature_cache.folder.glob(TEMPORARY_FILES))
