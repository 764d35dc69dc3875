"""What a run's exported sets hold, and that they are whole, consistent and described."""

import csv
import io
import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.formats import FORMATS
from labeler.formats.writing import manifest_path
from labeler.storage import questions as question_rows
from labeler.storage.rows import GivenAnswer, Job, NewQuestion, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.exchange.export import export_chunks, export_file
from labeler.workflow.exchange.export_request import ExportFilter, ExportRequest, left_out_in_words
from labeler.workflow.run import open_run
from labeler.workflow.runs import get_run
from labeler.workflow.runs.settings import SpreadSettings, choose_settings
from labeler.workflow.spread.spreading import spread
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace

NewPrepared = Callable[..., RunRow]
Finish = Callable[[Job], Job]
SIDES = ("train", "validation")


def exported(
    ws: Workspace, run: RunRow, fraction: float | None = None, **wanted: object
) -> list[dict[str, str]]:
    wanted_rows = ExportFilter(**wanted)  # type: ignore[arg-type]
    request = ExportRequest(run.id, "csv", wanted_rows, fraction, with_test=False)
    return written_rows(ws, request)


def written_rows(ws: Workspace, request: ExportRequest) -> list[dict[str, str]]:
    text = b"".join(export_chunks(open_run(ws, request.run_id), request)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_image_of_the_pool_is_one_row_that_says_where_its_label_came_from(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset
) -> None:
    run = prepared(bars_without_test, answerer="oracle", seed=2)
    rows = exported(ws, run, fraction=0.5)
    view = spread(open_run(ws, run.id), 0.5)
    assert [int(row["index"]) for row in rows] == ws.array(run.artefacts["pool"]).tolist()
    labels = ["" if label < 0 else str(label) for label in view.label_set.labels]
    assert [row["label"] for row in rows] == labels
    assert {row["source"] for row in rows} == {"oracle", "propagated", "none"}
    asked = {question.image for question in labeling.questions(open_run(ws, run.id))}
    assert {int(row["index"]) for row in rows if row["source"] == "oracle"} == asked


def test_filters_leave_rows_out_and_change_none(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset
) -> None:
    names = tuple(f"img/{number}.png" for number in range(200))
    named = replace(bars_without_test, train=replace(bars_without_test.train, names=names))
    run = prepared(named, answerer="oracle")
    everything = exported(ws, run, fraction=0.5)
    assert all(row["file_name"] == f"img/{row['index']}.png" for row in everything)
    cases: list[tuple[dict[str, Any], Callable[[dict[str, str]], bool]]] = [
        ({"sources": ["propagated"]}, lambda row: row["source"] == "propagated"),
        ({"classes": ["b", "d"]}, lambda row: row["class_name"] in ("b", "d")),
        ({"min_confidence": 0.7}, lambda row: float(row["confidence"]) >= 0.7),
        ({"clusters": [0, 5]}, lambda row: row["cluster"] in ("0", "5")),
        (
            {"sources": ["oracle"], "classes": ["a"]},
            lambda row: row["source"] == "oracle" and row["class_name"] == "a",
        ),
    ]
    for options, keeps in cases:
        found = exported(ws, run, fraction=0.5, **options)
        assert found == [row for row in everything if keeps(row)]
        assert 0 < len(found) < len(everything)


def test_exports_use_the_names_that_classes_have_now(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    labeling.rename_class(ws, run.id, get_run(ws, run.id).classes[0].id, "=1+1")
    assert {row["class_name"] for row in exported(ws, run)} == {"'=1+1", "b", "c", "d"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sources": ["ghost"]}, "source is 'ghost'"),
        ({"classes": ["z"]}, "class is 'z'; the run has a, b, c, d"),
        ({"min_confidence": 2.0}, "min_confidence is 2.0"),
        ({"clusters": [12]}, "cluster is 12; the run has 12, from 0 to 11"),
        ({"fraction": 0.0}, "fractions is 0.0"),
    ],
)
def test_a_wrong_filter_is_said_before_the_first_byte(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, options: dict[str, object], said: str
) -> None:
    run = prepared(bars)
    with pytest.raises(ConfigError, match=said):
        exported(ws, run, **options)  # type: ignore[arg-type]


def test_a_file_and_the_chunks_are_the_same_bytes(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars, answerer="oracle")
    request = ExportRequest(run.id, "csv", ExportFilter(sources=["oracle"]))
    path = tmp_path / "labels.csv"
    assert export_file(open_run(ws, request.run_id), request, path).n_rows == 12
    assert path.read_bytes() == b"".join(export_chunks(open_run(ws, request.run_id), request))


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="format is 'xml'; it must be one of csv, jsonl"):
        ExportRequest("run", "xml")


def manifest_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest_path(path).read_bytes())
    return found


def test_the_manifest_says_where_a_set_comes_from(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars, answerer="oracle", seed=3)
    path = tmp_path / "labels.csv"
    request = ExportRequest(
        run.id, "csv", ExportFilter(["oracle", "propagated"], ["a", "b"]), 0.5, validation=0.3
    )
    count = export_file(open_run(ws, request.run_id), request, path)
    found = manifest_of(path)
    state = get_run(ws, run.id)
    assert found["dataset"]["name"] == "bars"
    assert found["dataset"]["sha256"] == state.dataset.content_hash
    assert (found["seed"], found["config"]["n_labels"]) == (3, 12)
    assert found["run"] | {"id": run.id, "answerer": "oracle", "n_answers": 12} == found["run"]
    assert found["versions"]["numpy"] == np.__version__
    assert found["export"]["filter"]["classes"] == ["a", "b"]
    assert (found["export"]["method"], found["export"]["fraction"]) == ("cluster", 0.5)
    assert (found["export"]["threshold"], found["export"]["validation"]) == (None, 0.3)
    assert [one["name"] for one in found["classes"]] == ["a", "b", "c", "d"]
    rows = exported(ws, run, 0.5, sources=["oracle", "propagated"], classes=["a", "b"])
    assert found["counts"]["rows"] == count.n_rows == len(rows)
    assert found["counts"]["by_source"]["oracle"] == sum(row["source"] == "oracle" for row in rows)
    right = [bars.train.labels[int(row["index"])] == int(row["label"]) for row in rows]
    assert found["accuracy"]["labels"] == {"right": np.mean(right), "known": len(rows)}
    assert found["accuracy"]["test"] is None
    assert found["accuracy"]["test_unknown_because"] == "The run was not trained yet."
    assert found["counts"]["left_out"]["filtered"] > 0


def test_a_set_is_the_one_that_was_trained_last_and_its_accuracy_is_its_own(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars, answerer="oracle", seed=3)
    path = tmp_path / "labels.csv"

    def told(**options: Any) -> tuple[Any, Any, Any]:
        export_file(open_run(ws, run.id), ExportRequest(run.id, "csv", **options), path)
        found = manifest_of(path)
        accuracy = found["accuracy"]
        return found["export"]["fraction"], accuracy["test"], accuracy["test_unknown_because"]

    assert told() == (1.0, None, "The run was not trained yet.")
    finish(request_training(ws, run.id, (0.4, 0.7)))
    (result,) = open_run(ws, run.id).results
    of_fraction = {stage.fraction: stage.test_accuracy.mean for stage in result.metrics.stages}
    choose_settings(ws, run.id, SpreadSettings("cluster", 0.2, 0.0))
    assert told() == (0.7, of_fraction[0.7], None)
    assert told(fraction=0.4) == (0.4, of_fraction[0.4], None)
    assert (
        told(validation=0.3, wanted=ExportFilter(["oracle", "propagated"]))[1] == (of_fraction[0.7])
    )
    assert told(fraction=0.5)[1:] == (
        None,
        "No training learned from these labels: they are spread in another way.",
    )
    assert (
        "of the labels that were trained on are left out"
        in told(wanted=ExportFilter(classes=["a"]))[2]
    )
    question = labeling.questions(open_run(ws, run.id))[0]
    labeling.record_answers(ws, run.id, "new", "me", [GivenAnswer(question.id, Verdict.SKIP)])
    assert told() == (0.7, None, "Answers or classes changed since the last training.")


def test_what_is_held_out_comes_back_with_its_own_labels(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, bars_without_test: Dataset, tmp_path: Path
) -> None:
    assert bars.test is not None
    own_test = prepared(bars, name="own", answerer="oracle")
    fifth = prepared(bars_without_test, name="fifth", answerer="oracle")
    for run, truth in (
        (own_test, np.concatenate([bars.train.labels, bars.test.labels])),
        (fifth, bars_without_test.train.labels),
    ):
        rows = written_rows(ws, ExportRequest(run.id))
        held_out = [row for row in rows if row["split"] == "test"]
        assert [int(r["index"]) for r in held_out] == ws.array(run.artefacts["test"]).tolist()
        assert [int(row["label"]) for row in held_out] == [
            truth[int(row["index"])] for row in held_out
        ]
        said = {tuple(row[c] for c in ("source", "verdict", "cluster")) for row in held_out}
        assert said == {("dataset", "", "")}
        request = ExportRequest(run.id, wanted=ExportFilter(["oracle"]))
        assert {row["split"] for row in written_rows(ws, request)} == {"train"}
        asked = replace(request, with_test=True)
        assert len(written_rows(ws, asked)) == len(held_out) + 12
    path = tmp_path / "labels.npz"
    count = export_file(
        open_run(ws, own_test.id), ExportRequest(own_test.id, "npz", validation=0.3), path
    )
    with np.load(path) as loaded:
        assert (loaded["split"] == "test").sum() == count.n_test == len(bars.test)
        images = loaded["images"][loaded["split"] == "test"]
        np.testing.assert_array_equal(images, bars.test.images)
    with pytest.raises(ConfigError, match="label-studio has no place"):
        ExportRequest(own_test.id, "label-studio", with_test=True)
    with pytest.raises(ConfigError, match="no CSV in it"):
        ExportRequest(own_test.id, "npz", raw=True)


def test_what_was_skipped_or_mixed_is_told_and_what_is_left_out_is_counted(
    ws: Workspace, prepared: NewPrepared, bars_without_truth: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars_without_truth, classes=("x", "y"))
    questions, classes = labeling.questions(open_run(ws, run.id)), get_run(ws, run.id).classes
    given = [
        GivenAnswer(questions[0].id, Verdict.SKIP),
        GivenAnswer(questions[1].id, Verdict.MIXED),
        GivenAnswer(questions[2].id, Verdict.CLASS, classes[0].id),
    ]
    labeling.record_answers(ws, run.id, "one", "ada", given)
    rows = {int(row["index"]): row for row in written_rows(ws, ExportRequest(run.id))}
    said = [rows[one.image] for one in questions[:4]]
    assert [row["verdict"] for row in said] == ["skip", "mixed", "class", ""]
    assert [row["annotator"] for row in said] == ["ada", "ada", "ada", ""]
    count = export_file(
        open_run(ws, run.id), ExportRequest(run.id, "imagefolder"), tmp_path / "set"
    )
    out = count.left_out
    assert (out.n_skipped, out.n_mixed, out.n_filtered, out.n_test) == (1, 1, 0, 0)
    assert count.n_rows + out.n == 200
    assert left_out_in_words(out) == (
        f"{out.n} left out: {out.n_unlabeled} without a label, 1 skipped, 1 mixed"
    )
    asked = ExportRequest(run.id, "csv", validation=0.3)
    (alone,) = export_file(open_run(ws, run.id), asked, tmp_path / "labels.csv").one_sided
    assert (alone.name, alone.side, alone.n_groups) == ("x", "train", 1)


def test_the_manifest_says_how_sure_labels_spread_over_the_graph_had_to_be(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars, answerer="oracle", preset="best", features="pixels")
    path = tmp_path / "labels.csv"
    export_file(open_run(ws, run.id), ExportRequest(run.id, threshold=0.25), path)
    told = manifest_of(path)["export"]
    assert (told["method"], told["threshold"], told["fraction"]) == ("graph", 0.25, None)


def test_without_ground_truth_no_accuracy_is_claimed(
    ws: Workspace, prepared: NewPrepared, bars_without_truth: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars_without_truth, classes=("x", "y"))
    path = tmp_path / "labels.jsonl"
    assert (
        export_file(open_run(ws, run.id), ExportRequest(run.id, "jsonl"), path).n_unlabeled == 200
    )
    accuracy = manifest_of(path)["accuracy"]
    assert (accuracy["labels"], accuracy["test"]) == (None, None)
    with pytest.raises(ConfigError, match="No labeled image is left to write as idx"):
        export_file(open_run(ws, run.id), ExportRequest(run.id, "idx"), tmp_path / "idx")


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_a_validation_part_keeps_clusters_whole(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset, tmp_path: Path, share: float
) -> None:
    run = prepared(bars_without_test, answerer="oracle")
    path = tmp_path / "labels.csv"
    count = export_file(open_run(ws, run.id), ExportRequest(run.id, "csv", validation=share), path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sides = {side: {r["cluster"] for r in rows if r["split"] == side} for side in SIDES}
    assert not sides["train"] & sides["validation"]
    assert all(sides.values())
    assert count.n_validation == sum(row["split"] == "validation" for row in rows)
    assert abs(count.n_validation / len(rows) - share) < 0.12
    export_file(
        open_run(ws, run.id), ExportRequest(run.id, "csv", validation=share), tmp_path / "again.csv"
    )
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()
    one_cluster = ExportRequest(run.id, "csv", ExportFilter(clusters=[0]), validation=share)
    with pytest.raises(ConfigError, match="Only 1 cluster is left"):
        export_file(open_run(ws, one_cluster.run_id), one_cluster, path)


@pytest.mark.parametrize("value", [0, 1, -0.5])
def test_a_validation_part_is_neither_nothing_nor_all(value: float) -> None:
    with pytest.raises(ConfigError, match="it must be between 0 and 1"):
        ExportRequest("run", validation=value)


def test_the_cleanlab_set_loads_whole_and_answers_count_as_right(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars_without_test, answerer="oracle")
    everything, some = tmp_path / "all.npz", tmp_path / "some.npz"
    export_file(open_run(ws, run.id), ExportRequest(run.id, "cleanlab"), everything)
    export_file(
        open_run(ws, run.id), ExportRequest(run.id, "cleanlab", ExportFilter(classes=["b"])), some
    )
    with np.load(everything) as loaded, np.load(some) as part:
        probabilities, labels = loaded["pred_probs"], loaded["labels"]
        assert loaded["features"].shape[0] == len(labels) == len(bars_without_test.train) * 4 // 5
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        assert np.mean(probabilities.argmax(axis=1) == labels) > 0.8
        answers = loaded["source"] == "oracle"
        assert np.all(probabilities[answers, labels[answers]] == 1)
        np.testing.assert_array_equal(part["pred_probs"], probabilities[labels == 1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the library's about its own libraries
            filters = pytest.importorskip("cleanlab.filter")
            assert not filters.find_label_issues(labels, probabilities, n_jobs=1)[answers].any()


def test_a_set_taken_while_answers_are_written_is_one_state(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars_without_test)
    questions = labeling.questions(open_run(ws, run.id))
    classes = get_run(ws, run.id).classes
    stop = Event()

    def answer_all_alike() -> None:
        for turn in count():
            if stop.is_set():
                return
            chosen = classes[turn % len(classes)].id
            given = [GivenAnswer(one.id, Verdict.CLASS, chosen) for one in questions]
            labeling.record_answers(ws, run.id, f"turn-{turn}", "ada", given)

    writer = Thread(target=answer_all_alike)
    writer.start()
    try:
        seen = [one_state(exported(ws, run)) for _ in range(15)]
    finally:
        stop.set()
        writer.join()
    assert len(set(seen)) > 1


def one_state(rows: list[dict[str, str]]) -> str:
    """The class that all rows have: every operation gives one to all of them."""
    found = {row["class_name"] for row in rows}
    assert len(found) == 1
    answered = {row["answered_at"] for row in rows if row["source"] == "human"}
    assert len(answered) <= 1
    return found.pop()


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_says_what_it_is_for(format: str) -> None:
    assert FORMATS[format].purpose.startswith("For ")


def test_a_run_with_a_question_that_stands_for_itself_is_exported(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset
) -> None:
    run = prepared(bars_without_test)
    asked = {one.image for one in labeling.questions(open_run(ws, run.id))}
    alone = next(image for image in ws.array(run.artefacts["pool"]).tolist() if image not in asked)
    with ws.database.writing() as session:
        question_rows.add(session, run.id, 1, [NewQuestion(int(alone))])
    question = next(one for one in labeling.questions(open_run(ws, run.id)) if one.image == alone)
    class_id = get_run(ws, run.id).classes[2].id
    given = [GivenAnswer(question.id, Verdict.CLASS, class_id)]
    labeling.record_answers(ws, run.id, "alone", "ada", given)
    (row,) = exported(ws, run, sources=["human"])
    assert (int(row["index"]), row["class_name"], row["annotator"]) == (alone, "c", "ada")
