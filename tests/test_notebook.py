"""A run opened in Python: the same figures as everywhere, and arrays that nothing can change."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import labeler
from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.formats.reading.base import LabelReader
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import RunRow
from labeler.workflow import labeling
from labeler.workflow.clusters.regroup import split_cluster
from labeler.workflow.exchange.importing import import_labels
from labeler.workflow.run import NotPreparedError, open_run
from labeler.workflow.runs import NewRun, create_run, get_run
from labeler.workflow.runs.settings import SpreadSettings, choose_settings
from labeler.workflow.spread.spreading import spread
from labeler.workflow.workspace import Workspace, open_workspace
from tests.workflow.conftest import answer_rightly, finish, prepared  # noqa: F401 - fixtures

NewPrepared = Callable[..., RunRow]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return open_workspace(tmp_path / "instance")


@pytest.fixture
def named(bars: Dataset) -> Dataset:
    names = tuple(f"img/{number}.png" for number in range(len(bars.train)))
    return replace(bars, train=replace(bars.train, names=names))


@pytest.fixture
def run(
    prepared: NewPrepared,  # noqa: F811
    answer_rightly: Callable[..., None],  # noqa: F811
    named: Dataset,
) -> RunRow:
    made = prepared(named)
    answer_rightly(made, named, but=2)
    return made


def test_arrays_say_what_the_pages_say(ws: Workspace, run: RunRow, named: Dataset) -> None:
    choose_settings(ws, run.id, SpreadSettings("cluster", 0.5, 0.0))
    opened = labeler.open_run("demo", ws.instance)
    view = spread(open_run(ws, run.id), 0.5)
    np.testing.assert_array_equal(opened.labels, view.label_set.labels)
    np.testing.assert_array_equal(opened.confidences, view.label_set.confidences)
    np.testing.assert_array_equal(opened.images, named.train.images)
    np.testing.assert_array_equal(opened.true_labels, named.train.labels)
    assert set(opened.sources) == {"human", "propagated", "none"}
    assert opened.classes == ("a", "b", "c", "d")
    assert opened.file_names == named.train.names
    assert len(opened) == len(opened.features) == len(opened.clusters) == 200
    assert opened.test_images is not None
    assert len(opened.test_images) == 80
    asked = [one for one in labeling.questions(open_run(ws, run.id)) if one.verdict]
    assert [one.index for one in opened.answers] == [one.image for one in asked]
    assert {(one.source, one.annotator) for one in opened.answers} == {("human", "ada")}
    assert len(labeler.open_run(run.id, str(ws.instance), fraction=1.0).labels) == 200


def test_clusters_are_called_what_the_pages_call_them(ws: Workspace, run: RunRow) -> None:
    first = labeling.questions(open_run(ws, run.id))[-1].cluster
    assert first is not None
    made = split_cluster(ws, run.id, first, 2, annotator="ada", raise_budget=True)
    opened = labeler.open_run(run.id, ws.instance)
    assert set(made.change.children) <= set(opened.clusters)
    assert first not in opened.clusters
    asked = [one for one in labeling.questions(open_run(ws, run.id)) if one.verdict]
    assert [one.cluster for one in opened.answers] == [one.cluster for one in asked]


def test_everything_is_read_only(ws: Workspace, run: RunRow) -> None:
    opened = labeler.open_run(run.id, ws.instance)
    arrays = [one for one in vars(opened).values() if isinstance(one, np.ndarray)]
    assert len(arrays) == 13
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]
    with pytest.raises(AttributeError):
        opened.name = "other"  # type: ignore[misc]


def test_a_table_for_pandas(ws: Workspace, run: RunRow, named: Dataset) -> None:
    pandas = pytest.importorskip("pandas")
    image = labeling.questions(open_run(ws, run.id))[0].image
    reader = LabelReader("x.csv", "csv")
    reader.add(2, {"index": image, "class_name": "c", "source": "model"})
    import_labels(ws, run.id, reader.finish())
    table = labeler.open_run(run.id, ws.instance).to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert list(table.columns) == [
        "index", "file_name", "label", "class_name", "source", "cluster", "confidence",
        "suggestion", "true_class",
    ]  # fmt: skip
    assert table.loc[image, "suggestion"] == "c"
    assert table["suggestion"].notna().sum() == 1
    humans = table.query("source == 'human'")
    assert len(humans) == 10
    assert (humans["class_name"] == humans["true_class"]).all()


def test_without_pandas_it_says_what_to_install(
    ws: Workspace, run: RunRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = labeler.open_run(run.id, ws.instance)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigError, match="pip install pandas"):
        opened.to_frame()


def test_its_repr_says_what_there_is(ws: Workspace, run: RunRow) -> None:
    shown = repr(labeler.open_run(run.id, ws.instance))
    for words in ("'demo'", run.id, "10 answers", "of 200 images", "a, b, c, d", "200 × 8 × 8"):
        assert words in shown


def test_what_is_not_there_is_said_and_not_made(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no database"):
        labeler.open_run("demo", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(NotFoundError):
        labeler.open_run("nobody", ws.instance)
    run = create_run(ws, NewRun(name="later", source="digits"))
    with pytest.raises(NotPreparedError):
        labeler.open_run(run.id, ws.instance)


def test_opening_changes_nothing(ws: Workspace, run: RunRow) -> None:
    before = get_run(ws, run.id)
    labeler.open_run(run.id, ws.instance)
    assert get_run(ws, run.id) == before


def test_the_package_itself_stays_light() -> None:
    code = "import sys, labeler; print('numpy' in sys.modules, hasattr(labeler, 'open_runs'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
