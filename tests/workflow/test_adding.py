"""Images added to a run: only new files are read, and what was answered stays."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labeler.datasets import adding as reading
from labeler.datasets import image_files
from labeler.datasets.splitting import held_out_by_content
from labeler.exceptions import ConfigError
from labeler.pipeline.fitting import fitted_extractor
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, Source
from labeler.storage.errors import NothingToUndoError
from labeler.storage.rows import Job, JobStatus, RunRow
from labeler.storage.runs import discard
from labeler.storage.upkeep import referenced
from labeler.workflow.adding import growth
from labeler.workflow.adding.grown_dataset import Grown
from labeler.workflow.adding.history import list_additions, undo_addition
from labeler.workflow.adding.request import request_addition, request_uploaded_addition
from labeler.workflow.adding.selection import select_added
from labeler.workflow.array_names import Array
from labeler.workflow.clusters.regroup import split_cluster, undo_change
from labeler.workflow.datasets import list_datasets
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.exchange.importing import import_labels, plan_import, read_labels
from labeler.workflow.exchange.match_images import HELD_OUT
from labeler.workflow.exchange.suggestions import count_suggestions
from labeler.workflow.job_kinds import ODD
from labeler.workflow.pictures.images import image_strip
from labeler.workflow.pictures.originals import original_of, read_original
from labeler.workflow.reviewing.odd import odd_pictures_of, request_odd
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import duplicate_run
from labeler.workflow.selection import Selection
from labeler.workflow.spread.spreading import look_for_spread, spread
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import confusion_images, report_data, run_report
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay, picture
from tests.workflow.grown_runs import Add, Finish, answered, begin, sqlite


def names_of(run: Run) -> tuple[str, ...]:
    names = run.pool_dataset.train.names
    assert names is not None
    return names


def test_what_was_known_stays_and_new_images_get_labels(
    ws: Workspace, begun: Run, folder: Path, add: Add
) -> None:
    before, n_before = begun, len(begun.pool)
    lay(folder, range(100, 110))
    told = add(before, folder)
    after = open_run(ws, before.id)
    n_held_out = len(np.asarray(after.held_out)) - len(np.asarray(before.held_out))
    assert told["n_images"] == 30
    assert told["n_held_out"] == n_held_out > 0
    assert len(after.pool) == n_before + 30 - n_held_out
    assert after.row.settings.n_pool == len(after.pool)
    assert np.array_equal(after.pool[:n_before], before.pool)
    assert np.array_equal(after.features[:n_before], before.features)
    assert names_of(after)[:n_before] == names_of(before)
    for question, same in zip(before.questions, after.questions, strict=True):
        assert (question.id, question.image, question.cluster) == (
            same.id,
            same.image,
            same.cluster,
        )
        assert question.answer == same.answer
    assert np.array_equal(after.clusters.labels[:n_before], before.clusters.labels)
    assert np.array_equal(after.clusters.representatives, before.clusters.representatives)
    assert np.array_equal(after.clusters.centers, before.clusters.centers)
    assert after.clusters.sizes.sum() == len(after.pool) == after.graph.shape[0]
    assert look_for_spread(after) is None
    label_set = spread(after).label_set
    assert (label_set.labels[n_before:] == after.true_labels[n_before:]).mean() > 0.8
    assert (label_set.sources[n_before:] == Source.PROPAGATED).all()
    assert (label_set.confidences[n_before:] > 0).all()


def test_odd_pictures_are_looked_for_anew_when_images_come_or_go(
    ws: Workspace, begun: Run, folder: Path, add: Add, finish: Finish
) -> None:
    add(begun, lay(folder, range(15, 16)))
    assert odd_jobs(ws, begun) == []  # nobody looked for them
    finish(request_odd(ws, begun.id))
    for change in (
        lambda: add(begun, lay(folder, range(16, 17))),
        lambda: undo_addition(ws, begun.id),
    ):
        change()
        (again,) = odd_jobs(ws, begun)
        assert finish(again).status is JobStatus.DONE
        assert odd_pictures_of(open_run(ws, begun.id)) is not None


def odd_jobs(ws: Workspace, run: Run) -> list[Job]:
    jobs = open_run(ws, run.id).jobs
    return [job for job in jobs if job.kind == ODD and not job.status.is_final]


def test_stands_for_counts_the_new_images(
    ws: Workspace, begun: Run, folder: Path, add: Add
) -> None:
    lay(folder, range(100, 110))
    add(begun, folder)
    after = open_run(ws, begun.id)
    for question in after.questions:
        if question.cluster is not None:
            assert question.stands_for == after.clusters.sizes[question.cluster]


@sqlite
def test_who_is_held_out_is_a_matter_of_content_and_never_changes(
    ws: Workspace, begun: Run, folder: Path, add: Add, tmp_path: Path
) -> None:
    lay(folder, range(100, 110))
    add(begun, folder)
    first = open_run(ws, begun.id)
    lay(tmp_path / "others", range(200, 205))
    add(begun, tmp_path / "others")
    second = open_run(ws, begun.id)
    before, held_out = np.asarray(begun.held_out), np.asarray(second.held_out)
    assert np.array_equal(held_out[: len(before)], before)
    assert np.array_equal(held_out[: len(np.asarray(first.held_out))], np.asarray(first.held_out))
    for image in range(45, 75):
        digest = hashlib.sha256(read_original(ws, second.dataset, image)).digest()
        rule = held_out_by_content(np.frombuffer(digest, dtype=np.uint8).reshape(1, 32))
        assert rule[0] == (image in held_out) != (image in second.pool)


@sqlite
def test_only_new_files_are_decoded_and_those_with_a_stamp_not_even_read(
    ws: Workspace, begun: Run, folder: Path, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    hashed: list[str] = []
    read_images, hash_file = image_files.read_images, reading._Search._hash

    def watched(files: object, names: list[str], *args: object, **more: object) -> object:
        read.extend(names)
        return read_images(files, names, *args, **more)  # type: ignore[arg-type]

    def hashing(self: object, name: str) -> bytes | None:
        hashed.append(name)
        return hash_file(self, name)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "read_images", watched)
    monkeypatch.setattr(reading._Search, "_hash", hashing)
    os.utime(folder / "cat/003.png", (1, 1))
    (folder / "cat/new.png").write_bytes(picture(1, 7777))
    told = add(begun, folder)
    assert (told["n_images"], told["n_known"]) == (1, 45)
    assert read == ["cat/new.png"]
    assert sorted(hashed) == ["cat/003.png", "cat/new.png"]


@sqlite
def test_the_same_content_is_the_same_image_wherever_it_lies(
    ws: Workspace, begun: Run, folder: Path, add: Add, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy/dog/one.png").write_bytes(picture(2, 5555))
    (tmp_path / "copy/dog/two.png").write_bytes(picture(2, 5555))
    told = add(begun, tmp_path / "copy")
    assert (told["n_images"], told["n_known"]) == (1, 46)


@sqlite
def test_the_same_again_adds_nothing(ws: Workspace, begun: Run, folder: Path, add: Add) -> None:
    lay(folder, range(100, 102))
    (folder / "cat/broken.png").write_bytes(picture(1, 3)[:60])
    first = add(begun, folder)
    after = open_run(ws, begun.id)
    again = add(begun, folder)
    assert (first["n_images"], again["n_images"]) == (6, 0)
    assert again["left_out"] == first["left_out"]
    assert open_run(ws, begun.id).row == after.row
    assert len(list_additions(ws, begun.id)) == 1


@sqlite
def test_files_that_changed_or_are_gone_are_told_and_nothing_is_lost(
    ws: Workspace, begun: Run, folder: Path, add: Add
) -> None:
    (folder / "cat/000.png").write_bytes(picture(1, 4321))
    (folder / "dog/000.png").unlink()
    told = add(begun, folder)
    assert told["n_images"] == 1
    notes = " ".join(told["notes"])  # type: ignore[arg-type]
    assert "1 file changed since the last reading" in notes
    assert "1 file read before is not there any more" in notes
    after = open_run(ws, begun.id)
    assert np.array_equal(after.pool[: len(begun.pool)], begun.pool)


@sqlite
def test_a_class_that_the_run_does_not_have_is_told_with_what_to_do(
    ws: Workspace, begun: Run, add: Add, tmp_path: Path
) -> None:
    lay(tmp_path / "more", range(300, 302), classes=("Cat", "zebra"))
    told = add(begun, tmp_path / "more")
    after = open_run(ws, begun.id)
    known = ws.array(after.dataset.artefacts[Array.POOL_LABELS])[-4:].tolist()
    assert sorted(known) == [UNLABELED, UNLABELED, 1, 1]
    assert "zebra: 2" in str(told["notes"])
    assert "Add the class to the run" in str(told["notes"])


@sqlite
def test_new_images_are_made_like_those_that_are_there(
    ws: Workspace, begun: Run, add: Add, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    Image.new("RGB", (300, 200), (200, 30, 30)).save(tmp_path / "more/red.jpg")
    add(begun, tmp_path / "more")
    after = open_run(ws, begun.id)
    images = ws.array(after.dataset.artefacts["pool.images"])
    assert images.shape == (46, 12, 12)
    original = original_of(ws, after.dataset, 45)
    assert original is not None
    assert (original.height, original.width) == (200, 300)
    assert image_strip(ws, after.dataset, [0, 45]).data


@sqlite
def test_originals_of_every_source_are_found_and_exported(
    ws: Workspace, begun: Run, folder: Path, add: Add, finish: Finish, tmp_path: Path
) -> None:
    lay(tmp_path / "others", range(200, 203))
    add(begun, tmp_path / "others")
    shutil.make_archive(str(tmp_path / "up"), "zip", lay(tmp_path / "packed", range(210, 212)))
    staged = ws.uploads / "0123.zip"
    staged.parent.mkdir(parents=True)
    shutil.copy(tmp_path / "up.zip", staged)
    job = finish(request_uploaded_addition(ws, begun.id, staged, "up.zip"))
    assert job.status is JobStatus.DONE, job.error
    assert not staged.exists()
    run = answered(ws, begun.row)
    for image, place in ((0, folder), (45, tmp_path / "others"), (54, tmp_path / "packed")):
        original = original_of(ws, run.dataset, image)
        assert original is not None
        assert read_original(ws, run.dataset, image) == (place / original.path).read_bytes()
    export_file(run, ExportRequest(run.id, format="imagefolder"), tmp_path / "set")
    exported = {path.read_bytes() for path in (tmp_path / "set").rglob("*.png")}
    assert read_original(ws, run.dataset, int(run.pool[-1])) in exported
    told = json.loads((tmp_path / "set" / "manifest.json").read_text())["dataset"]
    assert told["root"] == str(folder)
    assert told["roots"] == [str(folder), str(tmp_path / "others")]


@sqlite
def test_numbers_of_a_test_part_that_the_data_set_came_with_move_up_and_results_with_them(
    ws: Workspace, finish: Finish, add: Add, tmp_path: Path
) -> None:
    folder = tmp_path / "parts"
    lay(folder, range(12), "train")
    lay(folder, range(50, 54), "test")
    before = begin(ws, finish, folder)
    assert finish(request_training(ws, before.id)).status is JobStatus.DONE
    before = open_run(ws, before.id)
    cell = (len(before.results[0].metrics.stages) - 1, 1, 1)
    tested = [name_of(before, image) for image in confusion_images(before, *cell)]
    lay(folder, range(20, 24), "train")
    lay(folder, range(60, 62), "test")
    told = add(before, folder)
    after = open_run(ws, before.id)
    assert (told["n_images"], told["n_held_out"]) == (18, 6)
    assert np.asarray(after.held_out).tolist() == list(range(48, 66))
    assert tested == [name_of(after, image) for image in confusion_images(after, *cell)]
    assert tested
    assert len(after.prepared.X_test) == 18  # type: ignore[arg-type]


def name_of(run: Run, image: int) -> str:
    original = original_of(run.ws, run.dataset, image)
    assert original is not None
    return original.path


@sqlite
def test_a_training_of_before_is_told_to_be_one_and_its_report_still_written(
    ws: Workspace, begun: Run, folder: Path, finish: Finish, add: Add
) -> None:
    finish(request_training(ws, begun.id))
    lay(folder, range(100, 104))
    add(begun, folder)
    run = open_run(ws, begun.id)
    assert run_report(run).is_stale
    simulation, dataset = report_data(run)
    assert len(simulation.sample.label_set) == len(dataset.train) == len(begun.pool)
    finish(request_training(ws, begun.id))
    run = open_run(ws, begun.id)
    assert not run_report(run).is_stale
    assert len(report_data(run)[1].train) == len(run.pool) > len(begun.pool)


@sqlite
def test_clusters_can_be_split_and_that_taken_back_over_an_addition(
    ws: Workspace, begun: Run, folder: Path, add: Add
) -> None:
    number = int(begun.cluster_numbers[int(np.argmax(begun.clusters.sizes))])
    split_cluster(ws, begun.id, number, 2, annotator="anna", raise_budget=True)
    lay(folder, range(100, 106))
    add(begun, folder)
    undo_change(ws, begun.id, annotator="anna")
    run = open_run(ws, begun.id)
    assert len(run.clusters.labels) == run.clusters.sizes.sum() == len(run.pool)
    assert sorted(run.cluster_numbers) == sorted(begun.cluster_numbers)
    assert np.array_equal(run.clusters.labels[: len(begun.pool)], begun.clusters.labels)
    with pytest.raises(ConfigError, match="split or merged"):
        undo_addition(ws, begun.id)


def test_an_addition_is_taken_back_whole(ws: Workspace, begun: Run, folder: Path, add: Add) -> None:
    lay(folder, range(100, 106))
    add(begun, folder)
    with ws.database.reading() as session:
        assert referenced(session) >= set(begun.row.artefacts.values())
    undone = undo_addition(ws, begun.id)
    assert (undone.n_images, undone.is_undone) == (18, True)
    after = open_run(ws, begun.id)
    assert after.dataset.id == begun.dataset.id
    assert np.array_equal(after.pool, begun.pool)
    assert np.array_equal(after.features, begun.features)
    assert after.row.settings.n_pool == begun.row.settings.n_pool
    assert after.row.settings.notes == begun.row.settings.notes
    assert [q.answer for q in after.questions] == [q.answer for q in begun.questions]
    with pytest.raises(NothingToUndoError):
        undo_addition(ws, begun.id)
    assert add(begun, folder)["n_images"] == 18


@sqlite
def test_labels_that_come_with_new_images_are_answers_where_those_of_the_run_are(
    ws: Workspace, folder: Path, finish: Finish, add: Add
) -> None:
    run = begin(ws, finish, folder, use_labels=True)
    lay(folder, range(100, 104))
    told = add(run, folder)
    after = open_run(ws, run.id)
    assert after.n_imported - run.n_imported == 12 - int(told["n_held_out"])  # type: ignore[call-overload]


@sqlite
def test_a_copy_of_a_grown_run_grows_on(ws: Workspace, begun: Run, folder: Path, add: Add) -> None:
    lay(folder, range(100, 104))
    add(begun, folder)
    copy = open_run(ws, duplicate_run(ws, begun.id).id)
    lay(folder, range(110, 114))
    assert add(copy, folder)["n_images"] == 12
    assert open_run(ws, copy.id).row.settings.n_fitted == len(begun.pool)
    assert len(open_run(ws, begun.id).pool) < len(open_run(ws, copy.id).pool)
    ws.database.write(lambda session: discard(session, begun.id))
    assert len(open_run(ws, copy.id).pool) == copy.row.settings.n_pool + 12 - n_held_out(ws, copy)


def n_held_out(ws: Workspace, run: Run) -> int:
    return list_additions(ws, run.id)[0].n_held_out


@sqlite
def test_runs_whose_images_are_no_files_are_refused_with_what_to_do(
    ws: Workspace, prepared: Callable[..., RunRow], bars_without_truth: object, tmp_path: Path
) -> None:
    run = prepared(bars_without_truth)
    with pytest.raises(ConfigError, match="Make a new run of all images"):
        request_addition(ws, run.id, str(tmp_path))


@sqlite
@pytest.mark.parametrize("when", ["before the labels", "after everything"])
def test_what_fails_halfway_leaves_the_run_as_it_was(
    ws: Workspace,
    begun: Run,
    folder: Path,
    finish: Finish,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    def fail(*_: object) -> None:
        raise ConfigError("planted")

    faulty = {"before the labels": "take_added_labels", "after everything": "asdict"}
    monkeypatch.setattr(growth, faulty[when], fail)
    lay(folder, range(100, 104))
    (folder / "cat/broken.png").write_bytes(picture(1, 3)[:60])
    job = finish(request_addition(ws, begun.id, str(folder)))
    assert (job.status, job.error) == (JobStatus.FAILED, "planted")
    assert open_run(ws, begun.id).row == begun.row
    assert list_additions(ws, begun.id) == ()
    assert [dataset.id for dataset in list_datasets(ws)] == [begun.dataset.id]


@sqlite
def test_clusters_that_were_split_meanwhile_stay_split(
    ws: Workspace, begun: Run, folder: Path, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = int(begun.cluster_numbers[int(np.argmax(begun.clusters.sizes))])

    def split_first(run: Run, grown: Grown) -> Selection:
        split_cluster(ws, run.id, number, 2, annotator="anna", raise_budget=True)
        return select_added(run, grown)

    monkeypatch.setattr("labeler.workflow.adding.growth.select_added", split_first)
    lay(folder, range(100, 104))
    add(begun, folder)
    run = open_run(ws, begun.id)
    assert run.clusters.n_clusters == begun.clusters.n_clusters + 1
    assert number not in run.cluster_numbers
    assert run.clusters.sizes.sum() == len(run.pool) > len(begun.pool)


@sqlite
def test_of_two_additions_at_once_one_is_told_to_come_again(
    ws: Workspace, begun: Run, folder: Path, tmp_path: Path
) -> None:
    lay(folder, range(100, 104))
    lay(tmp_path / "others", range(200, 204))
    first, second = (
        growth.grow_run(ws, begun.id, place, SILENT) for place in (folder, tmp_path / "others")
    )
    with ws.database.writing() as session:
        first.deliver(session)
    with pytest.raises(ConfigError, match="once more"), ws.database.writing() as session:
        second.deliver(session)
    assert len(list_additions(ws, begun.id)) == 1


@sqlite
def test_an_oracle_that_answers_gets_only_images_of_known_class(
    ws: Workspace, folder: Path, finish: Finish, add: Add
) -> None:
    run = begin(ws, finish, folder, answerer="oracle", preset="classic")
    lay(folder, range(100, 103), classes=("bird", "zebra"))
    told = add(run, folder)
    after = open_run(ws, run.id)
    assert told["n_images"] == list_additions(ws, run.id)[0].n_images == 3
    assert "3 images of no known class left out: the oracle cannot answer" in told["notes"]  # type: ignore[operator]
    assert len(after.pool) == len(run.pool) + 3 - int(told["n_held_out"])  # type: ignore[call-overload]
    assert (after.true_labels != UNLABELED).all()
    assert len(spread(after).label_set) == len(after.pool)
    lay(folder, range(200, 203), classes=("zebra",))
    told = add(run, folder)
    assert told["n_images"] == 0
    assert len(open_run(ws, run.id).pool) == len(after.pool)
    assert len(list_additions(ws, run.id)) == 1


@sqlite
def test_features_that_are_computed_otherwise_by_now_are_not_mixed(
    ws: Workspace, begun: Run, folder: Path, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other:
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self._learned = fitted_extractor(*arguments, **options)

        def transform(self, images: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
            return self._learned.transform(images, progress) + 1

    monkeypatch.setattr("labeler.pipeline.describing.fitted_extractor", Other)
    lay(folder, range(100, 101))
    job = finish(request_addition(ws, begun.id, str(folder)))
    assert "another version" in str(job.error)


@sqlite
def test_labels_by_number_of_an_export_from_before_are_still_of_this_data_set(
    ws: Workspace, begun: Run, folder: Path, add: Add, tmp_path: Path
) -> None:
    export_file(begun, ExportRequest(begun.id, format="csv"), tmp_path / "before.zip")
    lay(folder, range(100, 104))
    add(begun, folder)
    plan = plan_import(open_run(ws, begun.id), read_labels(tmp_path / "before.zip"))
    assert not plan.other_dataset
    assert not plan.conflicts
    assert all(misfit.why == HELD_OUT for misfit in plan.misfits)


@sqlite
def test_suggestions_of_before_say_nothing_of_new_images(
    ws: Workspace, begun: Run, folder: Path, add: Add, tmp_path: Path
) -> None:
    rows = [f"{image},cat,propagated" for image in begun.pool[:30].tolist()]
    (tmp_path / "labels.csv").write_text("\n".join(["index,class_name,source", *rows, ""]))
    import_labels(ws, begun.id, read_labels(tmp_path / "labels.csv"))
    n_suggested = count_suggestions(open_run(ws, begun.id))
    lay(folder, range(100, 104))
    add(begun, folder)
    assert count_suggestions(open_run(ws, begun.id)) == n_suggested > 0
