"""Explorations of data sets and runs: found out once, then read."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis import survey
from labeler.storage.rows import RunRow
from labeler.workflow.datasets import get_dataset, keep
from labeler.workflow.exploration import exploring
from labeler.workflow.exploration.exploring import (
    draw_map,
    explore,
    find_exploration,
    findings,
    look,
)
from labeler.workflow.exploration.kept import read_survey, save_survey
from labeler.workflow.exploration.subject import Subject, subject_of_dataset, subject_of_run
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace


@pytest.fixture
def dataset_id(ws: Workspace, bars: Dataset) -> int:
    return keep(ws, bars, kind="path", source="bars").id


def subject(ws: Workspace, dataset_id: int, seed: int = 0) -> Subject:
    return subject_of_dataset(ws, dataset_id, RunConfig(seed=seed))


def forbid_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("worked out again")

    monkeypatch.setattr(exploring, "survey", fail)
    monkeypatch.setattr(exploring, "split_vectors", fail)


def test_another_look_only_reads(
    ws: Workspace, dataset_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = explore(ws, subject(ws, dataset_id), range(2, 7))
    seen = look(ws, first, 4, [("1", None), ("0", 3)])
    forbid_work(monkeypatch)
    again = explore(ws, subject(ws, dataset_id), range(2, 7))
    assert again.survey.rows == first.survey.rows
    assert again.suggestions == first.suggestions
    seen_again = look(ws, again, 4, [("1", None), ("0", 3)])
    assert seen_again.partition.paths == seen.partition.paths
    np.testing.assert_array_equal(
        seen_again.partition.clusters.labels, seen.partition.clusters.labels
    )


def test_figures_are_strict_json_and_undefined_ones_come_back_undefined(
    ws: Workspace, dataset_id: int
) -> None:
    found = explore(ws, subject(ws, dataset_id), [2, 3]).survey
    row = replace(found.rows[0], silhouette=math.nan, purity=None)
    references = save_survey(ws, "survey", replace(found, rows=(row, found.rows[1])))
    told = json.loads(ws.artefacts.load_json(references["survey"]), parse_constant=pytest.fail)
    assert told["rows"][0]["silhouette"] is None
    kept = replace(get_dataset(ws, dataset_id), artefacts=references)
    first, second = read_survey(ws, kept, "survey").rows
    assert math.isnan(first.silhouette)
    assert replace(first, silhouette=0) == replace(row, silhouette=0)
    assert second == found.rows[1]


def test_a_survey_of_the_released_version_is_read(ws: Workspace, dataset_id: int) -> None:
    found = explore(ws, subject(ws, dataset_id), [2, 3]).survey
    told = {"rows": [asdict(row) for row in found.rows], "notes": found.notes}
    as_bytes = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    references = save_survey(ws, "survey", found) | {"survey": ws.artefacts.save(as_bytes)}
    kept = replace(get_dataset(ws, dataset_id), artefacts=references)
    assert read_survey(ws, kept, "survey").rows == found.rows


def test_part_of_a_range_is_read_from_the_whole(
    ws: Workspace, dataset_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = explore(ws, subject(ws, dataset_id), range(2, 7))
    forbid_work(monkeypatch)
    part = explore(ws, subject(ws, dataset_id), [3, 4])
    assert part.survey.ks == (3, 4)
    assert part.survey.rows == whole.survey.rows[1:3]
    known = find_exploration(ws, subject(ws, dataset_id))
    assert known is not None
    assert known.survey.ks == (2, 3, 4, 5, 6)


def test_a_wider_range_measures_only_what_is_new(
    ws: Workspace, dataset_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_bars = subject(ws, dataset_id)
    first = explore(ws, of_bars, [3, 4])
    measured: list[int] = []

    def watched(X: np.ndarray, ks: list[int], *args: Any, **kwargs: Any) -> object:
        measured.extend(ks)
        return survey(X, ks, *args, **kwargs)

    monkeypatch.setattr(exploring, "survey", watched)
    wider = explore(ws, of_bars, range(2, 6))
    assert measured == [2, 5]
    assert wider.survey.ks == (2, 3, 4, 5)
    assert wider.survey.rows[1:3] == first.survey.rows
    # On a pool as small as this one even silhouettes are those of all images.
    at_once = survey(wider.X, range(2, 6), RunConfig().rng("exploration"))
    assert [row.stability for row in at_once.rows] == [row.stability for row in wider.survey.rows]


def test_images_that_hardly_differ_are_told_once_and_for_all(ws: Workspace, bars: Dataset) -> None:
    copies = bars.train.take(np.repeat([0, 1, 2], 20))
    row = keep(ws, Dataset("copies", bars.classes, copies, bars.test), kind="path", source="c")
    found = explore(ws, subject(ws, row.id), range(2, 7))
    assert found.survey.ks == (2, 3)
    assert "only 3 different images" in found.notes[-1]
    assert explore(ws, subject(ws, row.id), range(2, 7)).notes == found.notes
    with pytest.raises(ConfigError, match="only 3 different images"):
        explore(ws, subject(ws, row.id), [5, 6])


def test_another_seed_is_worked_out_anew(ws: Workspace, dataset_id: int) -> None:
    explore(ws, subject(ws, dataset_id), [2, 3])
    assert find_exploration(ws, subject(ws, dataset_id, seed=1)) is None


def test_truth_and_test_images_are_used_to_look_only(ws: Workspace, dataset_id: int) -> None:
    found = explore(ws, subject(ws, dataset_id), [2, 4, 6])
    details = look(ws, found, 4).details
    assert found.survey.rows[1].purity == 1
    assert details.purity == 1
    assert details.test_purity == 1
    assert sum(one.n_test for one in details.clusters) == 80


def test_without_ground_truth_the_same_works(ws: Workspace, bars_without_truth: Dataset) -> None:
    row = keep(ws, bars_without_truth, kind="path", source="blank")
    found = explore(ws, subject(ws, row.id), [2, 4, 6])
    seen = look(ws, found, 4, [("0", 2)])
    assert found.X_test is None
    assert seen.details.purity is None
    assert seen.partition.names == ("0.0", "0.1", "1", "2", "3")
    told = findings(found, seen, draw_map(found, n_images=30))
    assert not told.has_truth
    assert told.n_test == 0


def test_a_run_is_explored_on_its_own_images(
    ws: Workspace, bars: Dataset, prepared: Callable[..., RunRow]
) -> None:
    run = prepared(bars)
    of_run = subject_of_run(open_run(ws, run.id))
    assert len(of_run.selection.pool) == len(bars.train)
    found = explore(ws, of_run, [2, 4])
    assert look(ws, found, 4).details.purity == 1
    # The run's features are those of its data set: what one finds out, the other knows.
    assert find_exploration(ws, subject(ws, run.dataset_id)) is not None


def test_a_split_does_not_depend_on_other_splits(ws: Workspace, dataset_id: int) -> None:
    found = explore(ws, subject(ws, dataset_id), [3, 4])
    alone = look(ws, found, 3, [("0", 2)]).partition
    after = look(ws, found, 3, [("1", 2), ("0", 2)]).partition
    np.testing.assert_array_equal(alone.clusters.labels < 2, after.clusters.labels < 2)
    assert after.names == ("0.0", "0.1", "1.0", "1.1", "2")


def test_bad_wishes_are_refused(ws: Workspace, dataset_id: int) -> None:
    with pytest.raises(ConfigError, match="k is 200, and there are 200 images"):
        explore(ws, subject(ws, dataset_id), [2, 200])
    found = explore(ws, subject(ws, dataset_id), [2, 3])
    with pytest.raises(ConfigError, match="k = 9 was not measured; measured: 2, 3"):
        look(ws, found, 9)
    with pytest.raises(ConfigError, match="no cluster '5'"):
        look(ws, found, 2, [("5", 2)])


def test_the_first_look_is_at_the_elbow(ws: Workspace, dataset_id: int) -> None:
    assert explore(ws, subject(ws, dataset_id), range(2, 9)).default_k == 4
    assert explore(ws, subject(ws, dataset_id), [5]).default_k == 5
