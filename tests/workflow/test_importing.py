"""Labels read back into a run: nothing lost, nothing overwritten unasked, nothing done twice."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.formats.reading.base import LabelFile
from labeler.storage.errors import AnswerConflictError, BusyError
from labeler.storage.rows import GivenAnswer, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.clusters import regroup
from labeler.workflow.clusters.views import run_clusters
from labeler.workflow.exchange import importing
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportFilter, ExportRequest
from labeler.workflow.exchange.import_history import undo_import
from labeler.workflow.exchange.importing import (
    ImportOptions,
    ImportPlan,
    import_labels,
    plan_import,
)
from labeler.workflow.exchange.suggestions import suggestions_of
from labeler.workflow.run import open_run
from labeler.workflow.runs import duplicate_run, get_run
from labeler.workflow.spread.spreading import spread
from labeler.workflow.workspace import Workspace
from tests.formats.conftest import HOSTILE
from tests.history import history
from tests.workflow.label_rows import answer, asked, class_ids, labels_of, said, say

NewPrepared = Callable[..., RunRow]

FILES = {"csv": "labels.csv", "jsonl": "labels.jsonl", "parquet": "labels.parquet"}
STORABLE = tuple(
    dict.fromkeys(name.strip() for name in HOSTILE if "\udc80" not in name and name.strip())
)


def exported(ws: Workspace, run: RunRow, format: str, folder: Path, **more: Any) -> LabelFile:
    request = ExportRequest(run.id, format, **more)
    target = folder / FILES.get(format, "set")
    export_file(open_run(ws, request.run_id), request, target)
    return importing.read_labels(target if format in FILES else target / "tasks.json")


def fits(plan: ImportPlan) -> bool:
    """Whether nothing in the file is left out or in doubt."""
    left_out = (*plan.conflicts, *plan.misfits, *plan.unknown_classes)
    return not (left_out or plan.n_not_asked or plan.other_dataset)


@pytest.fixture
def run(prepared: NewPrepared, bars: Dataset) -> RunRow:
    """Twelve questions about two hundred images; 80 others are the test part."""
    return prepared(bars)


@pytest.fixture
def hostile(bars: Dataset) -> Dataset:
    """The same images, with class and file names that are out to break something."""
    split = bars.train
    rng = np.random.default_rng(0)
    names = tuple(f"{HOSTILE[n % len(HOSTILE)]}/{n}{HOSTILE[-n % 7]}" for n in range(len(split)))
    labels = rng.integers(0, len(STORABLE), len(split))
    return Dataset("hostile", STORABLE, replace(split, names=names, labels=labels), bars.test)


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "label-studio"])
def test_a_run_that_was_exported_is_the_same_again_in_its_copy(
    ws: Workspace,
    prepared: NewPrepared,
    hostile: Dataset,
    answer_rightly: Callable[..., None],
    format: str,
    tmp_path: Path,
) -> None:
    run = prepared(hostile)
    answer_rightly(run, hostile, but=1)
    labels = exported(ws, run, format, tmp_path, fraction=0.5)
    copy = duplicate_run(ws, run.id)
    plan = plan_import(open_run(ws, copy.id), labels)
    assert fits(plan)
    assert not asked(ws, copy)[0].verdict, "planning writes nothing"
    done = import_labels(ws, copy.id, labels)
    assert said(ws, copy) == said(ws, run)
    before, after = (
        spread(open_run(ws, run.id), 0.5).label_set,
        spread(open_run(ws, copy.id), 0.5).label_set,
    )
    for part in ("labels", "sources", "confidences"):
        np.testing.assert_array_equal(getattr(after, part), getattr(before, part))
    assert {one.annotator for one in asked(ws, copy) if one.verdict} == {"ada (imported)"}
    suggested = suggestions_of(open_run(ws, copy.id))
    given = before.sources == 3
    names = {one.id: one.name for one in get_run(ws, copy.id).classes}
    found = [names.get(one) for one in suggested.class_ids.tolist()]
    assert found == [
        hostile.classes[label] if is_spread else None
        for label, is_spread in zip(before.labels.tolist(), given.tolist(), strict=True)
    ]
    np.testing.assert_allclose(suggested.confidences[given], before.confidences[given], rtol=1e-5)
    assert done.n_suggestions == int(given.sum())
    assert import_labels(ws, copy.id, labels).import_id is None, "a second time changes nothing"


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_a_zip_with_a_part_to_validate_on_is_read_whole(
    ws: Workspace,
    prepared: NewPrepared,
    hostile: Dataset,
    answer_rightly: Callable[..., None],
    format: str,
    tmp_path: Path,
) -> None:
    run = prepared(hostile)
    answer_rightly(run, hostile, but=1)
    export_file(
        open_run(ws, run.id), ExportRequest(run.id, format, validation=0.3), tmp_path / "set.zip"
    )
    copy = duplicate_run(ws, run.id)
    labels = importing.read_labels(tmp_path / "set.zip")
    plan = plan_import(open_run(ws, copy.id), labels)
    assert fits(plan)
    assert labels.dataset_hash == get_run(ws, run.id).dataset.content_hash
    import_labels(ws, copy.id, labels)
    assert said(ws, copy) == said(ws, run)


@pytest.mark.parametrize("format", ["csv", "label-studio"])
def test_answers_of_another_clustering_become_questions_of_their_own(
    ws: Workspace,
    prepared: NewPrepared,
    hostile: Dataset,
    answer_rightly: Callable[..., None],
    format: str,
    tmp_path: Path,
) -> None:
    run, other = prepared(hostile, seed=1), prepared(hostile, seed=2, name="other")
    answer_rightly(run, hostile)
    wanted = ExportFilter(sources=["human"])
    labels = exported(ws, run, format, tmp_path, wanted=wanted)
    done = import_labels(ws, other.id, labels)
    assert said(ws, other) == said(ws, run)
    added = [one for one in asked(ws, other) if one.round > 0]
    assert len(added) == done.n_new_questions > 0
    assert {(one.cluster, one.stands_for) for one in added} == {(None, 1)}
    summary = get_run(ws, other.id).summary
    assert (summary.n_questions, summary.n_imported) == (12, len(added))
    view = spread(open_run(ws, other.id), 0.5)
    for image, name in said(ws, run).items():
        assert view.classes[view.label_set.labels[image]] == name


def test_skips_and_mixed_clusters_are_answers_and_are_taken_back(
    ws: Workspace, run: RunRow
) -> None:
    first, second, third = asked(ws, run)[:3]
    say(ws, run, third, "a", "before")
    rows = (
        {"index": first.image, "verdict": "skip", "annotator": "ada"},
        {"index": second.image, "verdict": "mixed", "annotator": "ada"},
        {"index": third.image, "verdict": "mixed", "annotator": "ada"},
    )
    plan = plan_import(open_run(ws, run.id), labels_of(*rows))
    assert [(one.name, one.standing_name) for one in plan.conflicts] == [("mixed", "a")]
    done = import_labels(ws, run.id, labels_of(*rows))
    assert (done.n_answers, done.n_kept) == (2, 1)
    assert said(ws, run) == {first.image: "skip", second.image: "mixed", third.image: "a"}
    assert import_labels(ws, run.id, labels_of(*rows)).import_id is None
    undo_import(ws, run.id)
    assert said(ws, run) == {third.image: "a"}


def test_skips_that_nobody_asked_for_are_kept_spread_to_nothing_and_taken_back(
    ws: Workspace, run: RunRow, tmp_path: Path
) -> None:
    there = {one.image for one in asked(ws, run)}
    skipped, mixed = [image for image in range(200) if image not in there][:2]
    before = spread(open_run(ws, run.id), 0.5).label_set
    labels = labels_of({"index": skipped, "verdict": "skip"}, {"index": mixed, "verdict": "mixed"})
    left = plan_import(open_run(ws, run.id), labels, ImportOptions(add_questions=False))
    assert (left.answers, left.n_not_asked) == ((), 2)
    done = import_labels(ws, run.id, labels)
    assert (done.n_answers, done.n_new_questions, done.n_left_out) == (2, 2, 0)
    assert said(ws, run) == {skipped: "skip", mixed: "mixed"}
    after = spread(open_run(ws, run.id), 0.5).label_set
    np.testing.assert_array_equal(after.labels, before.labels)
    assert run_clusters(open_run(ws, run.id)).n_asked == 12
    again = exported(ws, run, "jsonl", tmp_path)
    assert dict(zip(again.indices.tolist(), again.is_mixed.tolist(), strict=True)) == {
        skipped: False,
        mixed: True,
    }
    assert import_labels(ws, run.id, again).import_id is None
    undo_import(ws, run.id)
    assert said(ws, run) == {}


def test_sources_stay_what_they_are(ws: Workspace, run: RunRow) -> None:
    first, second, third = asked(ws, run)[:3]
    rows = (
        answer(first.image, "a", "human", annotator="ada"),
        answer(second.image, "b", "oracle"),
        answer(third.image, "c", "propagated", confidence=0.25),
    )
    import_labels(ws, run.id, labels_of(*rows), annotator="bob")
    recorded = history(ws, run.id)
    assert {(one.annotator, one.source.value) for one in recorded} == {
        ("ada (imported)", "human"),
        ("bob (imported)", "oracle"),
    }
    assert set(said(ws, run)) == {first.image, second.image}
    shown = next(one for one in asked(ws, run) if one.image == third.image)
    assert shown.suggestion is not None
    assert shown.suggestion.class_id == class_ids(ws, run)["c"]
    assert shown.suggestion.confidence == 0.25


def test_what_the_run_says_already_is_kept_unless_the_file_is_to_win(
    ws: Workspace, run: RunRow
) -> None:
    first, second, third = asked(ws, run)[:3]
    say(ws, run, first, "a", "one")
    say(ws, run, second, "b", "two")
    skip = [GivenAnswer(third.id, Verdict.SKIP)]
    labeling.record_answers(ws, run.id, "three", "ada", skip)
    labels = labels_of(
        answer(first.image, "d"), answer(second.image, "b"), answer(third.image, "c")
    )
    plan = plan_import(open_run(ws, run.id), labels)
    assert [(one.image, one.standing_name, one.class_name) for one in plan.conflicts] == [
        (first.image, "a", "d"),
        (third.image, "skipped", "c"),
    ]
    assert plan.n_same == 1
    kept = import_labels(ws, run.id, labels)
    assert (kept.import_id, kept.n_kept, kept.n_same) == (None, 2, 1)
    assert said(ws, run)[first.image] == "a"

    take = ImportOptions(on_conflict="take")
    done = import_labels(ws, run.id, labels, take, confirmed=plan.fingerprint)
    assert (done.n_replaced, done.n_answers) == (2, 2)
    assert (said(ws, run)[first.image], said(ws, run)[third.image]) == ("d", "c")
    undo_import(ws, run.id)
    assert (said(ws, run)[first.image], said(ws, run)[third.image]) == ("a", "skip")


def test_a_conflict_that_nobody_saw_is_not_overwritten(ws: Workspace, run: RunRow) -> None:
    first, second = asked(ws, run)[:2]
    say(ws, run, first, "a", "one")
    labels = labels_of(answer(first.image, "d"), answer(second.image, "d"))
    plan = plan_import(open_run(ws, run.id), labels)
    say(ws, run, second, "b", "two")  # meanwhile
    take = ImportOptions(on_conflict="take")
    with pytest.raises(AnswerConflictError) as caught:
        import_labels(ws, run.id, labels, take, confirmed=plan.fingerprint)
    assert len(caught.value.answers) == 2
    assert said(ws, run) == {first.image: "a", second.image: "b"}
    keep = import_labels(ws, run.id, labels, confirmed=plan.fingerprint)
    assert keep.n_kept == 2, "keeping mine needs no second look"


def test_unknown_classes_are_listed_left_out_or_added(ws: Workspace, run: RunRow) -> None:
    first, second, third = asked(ws, run)[:3]
    labels = labels_of(
        answer(first.image, "=zebra"),
        answer(second.image, "A "),
        answer(third.image, "yak", "auto"),
    )
    plan = plan_import(open_run(ws, run.id), labels)
    assert plan.unknown_classes == {"=zebra": 1, "yak": 1}
    assert import_labels(ws, run.id, labels).n_left_out == 2
    assert said(ws, run) == {second.image: "a"}, "another case is the same class"
    done = import_labels(ws, run.id, labels, ImportOptions(add_classes=True))
    assert done.classes_added == ("=zebra", "yak")
    assert said(ws, run) == {first.image: "=zebra", second.image: "a"}
    shown = next(one for one in asked(ws, run) if one.image == third.image).suggestion
    assert shown is not None
    assert shown.class_id == class_ids(ws, run)["yak"]


def test_unknown_classes_that_differ_in_case_alone_are_one(ws: Workspace, run: RunRow) -> None:
    first, second, third = asked(ws, run)[:3]
    labels = labels_of(
        answer(first.image, "Zebra"), answer(second.image, "zebra "), answer(third.image, "yak")
    )
    done = import_labels(ws, run.id, labels, ImportOptions(add_classes=True))
    assert done.classes_added == ("Zebra", "yak")
    assert said(ws, run) == {first.image: "Zebra", second.image: "Zebra", third.image: "yak"}
    assert import_labels(ws, run.id, labels).n_same == 3


def test_classes_that_were_renamed_or_merged(ws: Workspace, run: RunRow) -> None:
    first, second, third = asked(ws, run)[:3]
    ids = class_ids(ws, run)
    import_labels(ws, run.id, labels_of(answer(third.image, "c", "model")))
    labeling.merge_class(ws, run.id, ids["b"], ids["a"])
    labeling.rename_class(ws, run.id, ids["c"], "see")
    import_labels(ws, run.id, labels_of(answer(first.image, "b"), answer(second.image, "see")))
    assert said(ws, run) == {first.image: "a", second.image: "see"}
    again = import_labels(ws, run.id, labels_of(answer(first.image, "a")))
    assert again.n_same == 1
    shown = next(one for one in asked(ws, run) if one.image == third.image).suggestion
    assert shown is not None
    assert shown.class_id == ids["c"]
    labeling.merge_class(ws, run.id, ids["c"], ids["a"])
    shown = next(one for one in asked(ws, run) if one.image == third.image).suggestion
    assert shown is not None
    assert shown.class_id == ids["a"]


def test_labels_of_unsaid_source_are_suggestions_unless_a_person_gave_them(
    ws: Workspace, run: RunRow
) -> None:
    question = asked(ws, run)[0]
    labels = labels_of(answer(question.image, "a", None))
    assert import_labels(ws, run.id, labels).n_answers == 0
    assert asked(ws, run)[0].suggestion is not None
    done = import_labels(ws, run.id, labels, ImportOptions(unmarked="human"))
    assert done.n_answers == 1
    assert said(ws, run) == {question.image: "a"}


def test_a_manifest_beside_the_file_says_which_data_set_it_is(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars_without_test, answerer="oracle")
    wanted = get_run(ws, run.id).dataset.content_hash
    for format in ("csv", "jsonl", "parquet", "label-studio"):
        (tmp_path / format).mkdir()
        assert exported(ws, run, format, tmp_path / format).dataset_hash == wanted
    (tmp_path / "csv" / "labels.csv.manifest.json").write_text("[" * 5000)
    assert importing.read_labels(tmp_path / "csv" / "labels.csv").dataset_hash is None


def test_too_many_questions_or_classes_are_refused(
    ws: Workspace, run: RunRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_NEW_QUESTIONS", 3)
    monkeypatch.setattr(importing, "MAX_NEW_CLASSES", 2)
    questions = {one.image for one in asked(ws, run)}
    others = [image for image in range(200) if image not in questions]
    many = labels_of(*(answer(image, "a") for image in others[:4]))
    with pytest.raises(ConfigError, match="answers 4 images"):
        import_labels(ws, run.id, many)
    import_labels(ws, run.id, labels_of(*(answer(image, "a") for image in others[:3])))
    with pytest.raises(ConfigError, match="a run takes 3"):
        import_labels(ws, run.id, labels_of(answer(others[3], "a")))
    left = import_labels(ws, run.id, many, ImportOptions(add_questions=False))
    assert (left.n_answers, left.n_left_out) == (0, 1)
    new = labels_of(*(answer(one.image, f"n{one.id}") for one in asked(ws, run)[:3]))
    with pytest.raises(ConfigError, match="3 classes"):
        import_labels(ws, run.id, new, ImportOptions(add_classes=True))
    assert len(get_run(ws, run.id).classes) == 4


def test_options_are_words_that_are_known() -> None:
    with pytest.raises(ConfigError, match="on_conflict is 'mine'"):
        ImportOptions(on_conflict="mine")
    with pytest.raises(ConfigError, match="unmarked"):
        ImportOptions(unmarked="robot")


def test_imported_answers_are_not_counted_against_the_budget(ws: Workspace, run: RunRow) -> None:
    there = {one.image for one in asked(ws, run)}
    nobody = [image for image in range(200) if image not in there][:5]
    import_labels(ws, run.id, labels_of(*(answer(image, "a") for image in nobody)))
    summary = get_run(ws, run.id).summary
    assert (summary.n_questions, summary.n_imported, summary.n_open) == (12, 5, 12)
    assert regroup.raise_budget(ws, run.id, 13).budget == 13
    made = regroup.split_cluster(ws, run.id, 0, 2, annotator="ada")
    assert (made.n_questions, made.budget) == (1, 13)
    assert run_clusters(open_run(ws, run.id)).n_asked == 13


def test_imported_answers_are_trained_on_and_counted(
    ws: Workspace,
    prepared: NewPrepared,
    bars: Dataset,
    answer_rightly: Callable[..., None],
    finish: Callable[..., Any],
) -> None:
    from labeler.workflow.training.request import request_training
    from labeler.workflow.training.results import run_report

    run = prepared(bars)
    answer_rightly(run, bars)
    questions = {one.image for one in asked(ws, run)}
    others = [image for image in range(200) if image not in questions][:8]
    names = [bars.classes[bars.train.labels[image]] for image in others]
    rows = [answer(image, name) for image, name in zip(others, names, strict=True)]
    import_labels(ws, run.id, labels_of(*rows))
    finish(request_training(ws, run.id, (1.0,), None, True))
    report = run_report(open_run(ws, run.id))
    assert report.simulation is not None
    by_stage = {one.stage: one for one in report.simulation.stages}
    assert by_stage["random"].n_labels == by_stage["representatives"].n_labels == 20


@pytest.fixture
def people(ws: Workspace, run: RunRow) -> Iterator[list[threading.Thread]]:
    """Two people who answer the same questions while labels are imported."""
    stop, ids = threading.Event(), class_ids(ws, run)

    def work(person: str) -> None:
        number = 0
        while not stop.is_set():
            for question in asked(ws, run):
                number += 1
                given = GivenAnswer(question.id, Verdict.CLASS, ids["abcd"[number % 4]])
                op_id = f"{person}-{number}"
                labeling.record_answers(ws, run.id, op_id, person, [given])

    threads = [threading.Thread(target=work, args=[name]) for name in ("ada", "bob")]
    for one in threads:
        one.start()
    yield threads
    stop.set()
    for one in threads:
        one.join()


def test_imports_while_people_answer_are_whole_and_erase_nobody(
    ws: Workspace, run: RunRow, people: list[threading.Thread]
) -> None:
    rows = [answer(image, "abcd"[image % 4]) for image in range(0, 150, 3)]
    labels = labels_of(*rows)
    for _ in range(6):
        done = import_labels(ws, run.id, labels)
        fresh = [one for one in history(ws, run.id) if one.op_id.startswith("import-")]
        standing = [one for one in fresh if not one.is_undone]
        assert sum(len(one.answers) for one in standing) == done.n_answers
        assert done.n_answers + done.n_kept + done.n_same == len(rows)
        if done.import_id is not None:
            undo_import(ws, run.id)
    assert all(one.is_alive() for one in people)
    operations = history(ws, run.id)
    by_people = [one for one in operations if one.annotator in ("ada", "bob")]
    assert not any(one.is_undone for one in by_people)
    assert len({one.op_id for one in operations}) == len(operations)
    revisions = [one.revision for one in operations]
    assert revisions == sorted(set(revisions)), "each change made one revision of its own"


def test_two_imports_of_one_file_at_once_are_one(ws: Workspace, run: RunRow) -> None:
    labels = labels_of(*(answer(image, "a") for image in range(0, 100, 2)))
    done: list[Any] = []

    def take_turns() -> None:
        while True:
            with suppress(BusyError):  # on a machine that stands still for seconds: as it says
                return done.append(import_labels(ws, run.id, labels))

    threads = [threading.Thread(target=take_turns) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(done) == 4
    assert sum(one.import_id is not None for one in done) == 1
    assert len(history(ws, run.id)) == 1
