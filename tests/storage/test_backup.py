"""Backups: made while people label, checked byte by byte, restored whole."""

import json
import os
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from labeler.storage import answers, classes, datasets, questions, runs
from labeler.storage.backups.backup import back_up
from labeler.storage.backups.backup_file import MANIFEST, verify
from labeler.storage.backups.restore import restore
from labeler.storage.database import Database, open_database
from labeler.storage.engine import DATABASE_FILE
from labeler.storage.errors import BackupError
from labeler.storage.folder.artefacts import ArtefactStore
from labeler.storage.folder.instance import work_folder
from labeler.storage.rows import GivenAnswer, NewQuestion, Verdict

N_QUESTIONS = 60


@pytest.fixture
def labeled(sqlite_database: Database) -> tuple[str, list[int], int]:
    """A run with arrays, ready to be answered: its id, its questions, a class."""
    references = sqlite_database.artefacts.save_all(
        {"features": np.random.default_rng(0).normal(size=(100, 20)), "labels": np.arange(100)}
    )
    with sqlite_database.writing() as session:
        dataset = datasets.add(
            session, name="d", kind="known", source="d", content_hash="d", counts={"pool": 100}
        )
        run = runs.create(
            session,
            name="r",
            dataset_id=dataset.id,
            config={},
            preset="classic",
            budget=N_QUESTIONS,
            classes=["a"],
        )
        runs.update_run(session, run.id, artefacts=references)
        questions.add(session, run.id, 0, map(NewQuestion, range(N_QUESTIONS)))
        asked = [one.id for one in questions.list_of_run(session, run.id)]
        (named,) = classes.list_of_run(session, run.id)
    return run.id, asked, named.id


def answer(database: Database, run: str, question: int, class_id: int) -> str:
    given = [GivenAnswer(question, Verdict.CLASS, class_id)]
    op_id = f"op{question}"
    return database.write(lambda s: answers.record(s, run, op_id, "ann", given)).op_id


def test_a_backup_made_while_people_label_has_all_that_was_acknowledged(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path
) -> None:
    run, asked, class_id = labeled
    acknowledged: list[str] = []
    enough = Event()

    def label() -> None:
        for question in asked:
            acknowledged.append(answer(sqlite_database, run, question, class_id))
            if len(acknowledged) == N_QUESTIONS // 3:
                enough.set()

    labeling = Thread(target=label)
    labeling.start()
    enough.wait()
    before = list(acknowledged)
    manifest = back_up(sqlite_database, tmp_path / "backup.zip").manifest
    labeling.join()
    assert restore(tmp_path / "backup.zip", tmp_path / "new").manifest == manifest
    restored = open_database(tmp_path / "new")
    with restored.reading() as session:
        there = [one.op_id for one in answers.history(session, run)]
        arrays = {
            n: restored.artefacts.load(r) for n, r in runs.get(session, run).artefacts.items()
        }
    restored.close()
    assert there[: len(before)] == before
    assert manifest.row_counts["operation"] == len(there)
    np.testing.assert_array_equal(arrays["labels"], np.arange(100))
    assert arrays["features"].shape == (100, 20)


def test_json_is_backed_up_beside_the_arrays(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path
) -> None:
    run, *_ = labeled
    reference = sqlite_database.artefacts.save_json(b'{"k": 2}')
    with sqlite_database.writing() as session:
        runs.update_run(session, run, artefacts={"figures": reference})
    back_up(sqlite_database, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "new")
    restored = ArtefactStore(tmp_path / "new" / "artefacts")
    assert restored.load_json(reference) == b'{"k": 2}'


def test_arrays_that_no_row_names_are_left_out(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path
) -> None:
    stray = sqlite_database.artefacts.save(np.ones(3))
    manifest = back_up(sqlite_database, tmp_path / "backup.zip").manifest
    assert len(manifest.entries) == 3
    assert not any(stray in entry for entry in manifest.entries)


def test_any_changed_byte_is_noticed(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path
) -> None:
    backup = tmp_path / "backup.zip"
    back_up(sqlite_database, backup)
    verify(backup)
    whole = backup.read_bytes()
    with zipfile.ZipFile(backup) as archive:
        starts = [entry.header_offset + 30 + len(entry.filename) for entry in archive.infolist()]
    for start in starts:
        damaged = bytearray(whole)
        damaged[start + 5] ^= 0xFF
        backup.write_bytes(damaged)
        with pytest.raises(BackupError):
            restore(backup, tmp_path / "new")
    assert not (tmp_path / "new" / DATABASE_FILE).exists()


@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_a_backup_cut_short_is_noticed(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path, part: float
) -> None:
    backup = tmp_path / "backup.zip"
    back_up(sqlite_database, backup)
    os.truncate(backup, int(backup.stat().st_size * part))
    with pytest.raises(BackupError, match="cut short"):
        verify(backup)


def test_what_is_not_a_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no file"):
        verify(tmp_path / "nowhere.zip")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BackupError, match="manifest"):
        verify(other)


@pytest.mark.parametrize("entry", ["artefacts/../../evil.npy", "../evil", "artefacts/x/y.npy"])
def test_a_forged_entry_writes_nothing_outside(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path, entry: str
) -> None:
    backup = tmp_path / "backup.zip"
    back_up(sqlite_database, backup)
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(forged, "w") as target:
        for one in source.namelist():
            content = source.read(one)
            if one == MANIFEST:
                manifest = json.loads(content)
                digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
                manifest["entries"][entry] = digest
                content = json.dumps(manifest).encode()
            target.writestr(one, content)
        target.writestr(entry, "hello")
    with pytest.raises(BackupError):
        restore(forged, tmp_path / "new")
    assert not list(tmp_path.rglob("evil*"))


def test_a_restore_never_replaces_a_database(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path
) -> None:
    back_up(sqlite_database, tmp_path / "backup.zip")
    with pytest.raises(BackupError, match="exists"):
        restore(tmp_path / "backup.zip", sqlite_database.instance)


def test_answers_are_saved_even_where_an_array_is_damaged(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path
) -> None:
    run, asked, class_id = labeled
    answer(sqlite_database, run, asked[0], class_id)
    with sqlite_database.reading() as session:
        reference = runs.get(session, run).artefacts["features"]
    sqlite_database.artefacts.path(reference).unlink()
    manifest = back_up(sqlite_database, tmp_path / "backup.zip").manifest
    assert manifest.missing == [reference]
    restored = restore(tmp_path / "backup.zip", tmp_path / "new")
    assert restored.manifest.row_counts["answer"] == 1


def test_a_backup_leaves_nothing_behind(
    sqlite_database: Database, labeled: tuple[str, list[int], int], tmp_path: Path
) -> None:
    before = sorted(sqlite_database.instance.iterdir())
    back_up(sqlite_database, tmp_path / "backup.zip")
    assert sorted(sqlite_database.instance.iterdir()) == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_is_backed_up_by_its_own_tool(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_dump"):
        back_up(database, tmp_path / "backup.zip")


def test_a_read_only_instance_is_backed_up_beside_the_file(
    sqlite_database: Database,
    labeled: tuple[str, list[int], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labeler.storage.backups.backup.os.access", lambda *_: False)
    before = sorted(sqlite_database.instance.rglob("*"))
    places = []

    def place(folder: Path, purpose: str) -> AbstractContextManager[Path]:
        places.append(folder)
        return work_folder(folder, purpose)

    monkeypatch.setattr("labeler.storage.backups.backup.work_folder", place)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    back_up(sqlite_database, elsewhere / "backup.zip")
    assert places == [elsewhere]
    assert list(elsewhere.iterdir()) == [elsewhere / "backup.zip"]
    assert sorted(sqlite_database.instance.rglob("*")) == before
