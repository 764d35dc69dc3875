"""The bin emptied and arrays removed: what is named, young or looked at stays, whatever happens."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import numpy as np
import pytest

from labeler.jobs.reporting import Pace
from labeler.jobs.worker import Worker
from labeler.storage import jobs, runs
from labeler.storage.database import Database, open_database
from labeler.storage.engine import DATABASE_FILE
from labeler.storage.errors import NotFoundError
from labeler.storage.folder.artefacts import ArtefactStore
from labeler.storage.upkeep import KEPT, Upkeep, empty_bin, sweep
from tests.storage.conftest import Made, ManualClock, make_run

LONG_AGO = (0, 0)
SLIGHTLY_MORE = KEPT + timedelta(minutes=1)


def save_old(database: Database, number: int) -> str:
    """An array that was written long ago."""
    reference = database.artefacts.save(np.full(3, number))
    os.utime(database.artefacts.path(reference), LONG_AGO)
    return reference


def names(database: Database, run: Made, reference: str) -> None:
    """Let the run's row name that array in place of what it named before."""
    with database.writing() as session:
        runs.update_run(session, run.id, artefacts={"pool": reference})


def look_twice(database: Database, clock: ManualClock, between: timedelta = SLIGHTLY_MORE) -> int:
    """How many arrays the second of two sweeps removes."""
    assert sweep(database) == 0
    clock.moment += between
    return sweep(database)


def test_an_array_goes_when_nothing_has_named_it_for_long(
    database: Database, run: Made, clock: ManualClock
) -> None:
    named, replaced = save_old(database, 1), save_old(database, 2)
    young = database.artefacts.save(np.full(3, 3))
    names(database, run, named)
    assert look_twice(database, clock, KEPT - timedelta(minutes=1)) == 0
    clock.moment += timedelta(minutes=2)
    assert sweep(database) == 1
    assert set(database.artefacts.references()) == {named, young}
    assert replaced not in database.artefacts.references()


def test_an_array_that_is_named_again_begins_anew(
    database: Database, run: Made, clock: ManualClock
) -> None:
    first, second = save_old(database, 1), save_old(database, 2)
    names(database, run, first)
    assert sweep(database) == 0  # the second is noted
    names(database, run, second)
    assert look_twice(database, clock) == 1  # the first, which is noted now
    names(database, run, save_old(database, 3))
    assert sweep(database) == 0  # the second was named in between
    assert second in database.artefacts.references()


def test_nothing_goes_while_a_job_may_have_read_older_rows(
    database: Database, run: Made, clock: ManualClock
) -> None:
    names(database, run, save_old(database, 1))
    save_old(database, 2)
    assert sweep(database) == 0
    clock.moment += SLIGHTLY_MORE
    job = database.write(lambda session: jobs.enqueue(session, "train", {}, run_id=run.id))
    assert sweep(database) == 0
    database.write(lambda session: jobs.cancel(session, job.id))
    assert sweep(database) == 1


def test_nothing_goes_where_another_database_has_its_arrays(
    tmp_path: Path, clock: ManualClock
) -> None:
    database = open_database(tmp_path, f"sqlite:///{tmp_path / 'other.sqlite3'}", clock=clock)
    names(database, make_run(database), save_old(database, 1))
    save_old(database, 2)
    tmp_path.joinpath(DATABASE_FILE).touch()
    assert look_twice(database, clock) == 0
    tmp_path.joinpath(DATABASE_FILE).unlink()
    assert look_twice(database, clock) == 1
    database.close()


def test_a_database_that_names_nothing_removes_nothing(
    sqlite_database: Database, clock: ManualClock
) -> None:
    save_old(sqlite_database, 1)
    assert look_twice(sqlite_database, clock) == 0


def test_notes_that_cannot_be_read_begin_anew(
    database: Database, run: Made, clock: ManualClock
) -> None:
    names(database, run, save_old(database, 1))
    save_old(database, 2)
    assert sweep(database) == 0
    database.artefacts.folder.joinpath("unreferenced.json").write_text('{"x": "yesterday"}')
    clock.moment += SLIGHTLY_MORE
    assert sweep(database) == 0
    clock.moment += SLIGHTLY_MORE
    assert sweep(database) == 1


@pytest.mark.parametrize("moment", ["before it is set aside", "after it is set aside"])
def test_who_saves_an_array_at_the_instant_of_its_removal_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    mine, theirs = ArtefactStore(tmp_path), ArtefactStore(tmp_path)
    reference = mine.save(np.arange(3))
    os.utime(mine.path(reference), LONG_AGO)
    rename: Callable[[Path, Path], Path] = Path.rename

    def saved_meanwhile(path: Path, target: Path) -> Path:
        if moment.startswith("before"):
            theirs.save(np.arange(3))
        renamed = rename(path, target)
        if moment.startswith("after"):
            theirs.save(np.arange(3))
        return renamed

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", saved_meanwhile)
        mine.remove(reference, saved_before=1.0)
    assert theirs.load(reference).tolist() == [0, 1, 2]
    assert mine.load(reference).tolist() == [0, 1, 2]
    assert [path.name for path in mine.path(reference).parent.iterdir()] == [reference]


def test_savers_and_a_remover_race(tmp_path: Path) -> None:
    stores = [ArtefactStore(tmp_path) for _ in range(3)]
    reference = stores[0].save(np.arange(3))
    for _ in range(50):
        os.utime(stores[0].path(reference), LONG_AGO)
        start = Barrier(len(stores))

        def save(store: ArtefactStore, start: Barrier = start) -> None:
            start.wait()
            store.save(np.arange(3))

        threads = [Thread(target=save, args=[store]) for store in stores[1:]]
        for thread in threads:
            thread.start()
        start.wait()
        stores[0].remove(reference, saved_before=1.0)
        for thread in threads:
            thread.join()
        assert stores[0].load(reference).tolist() == [0, 1, 2]


def test_the_bin_keeps_a_run_for_a_while_and_then_no_longer(
    database: Database, run: Made, another_run: Made, clock: ManualClock
) -> None:
    database.write(lambda session: runs.trash(session, run.id))
    clock.moment += KEPT - timedelta(minutes=1)
    database.write(lambda session: runs.trash(session, another_run.id))
    assert empty_bin(database) == 0
    clock.moment += timedelta(minutes=2)
    assert empty_bin(database) == 1
    with pytest.raises(NotFoundError):
        database.write(lambda session: runs.restore(session, run.id))
    assert database.write(lambda session: runs.restore(session, another_run.id))


def test_files_of_a_job_go_after_the_job(database: Database, run: Made, clock: ManualClock) -> None:
    names(database, run, save_old(database, 1))
    job = database.write(lambda session: jobs.enqueue(session, "export", {}, run_id=run.id))
    database.write(lambda session: jobs.cancel(session, job.id))
    kept, forgotten, young = (
        jobs.export_folder(database.instance, number) for number in (job.id, 7, 8)
    )
    for folder in (kept, forgotten, young):
        folder.mkdir(parents=True)
    for folder in (kept, forgotten):
        os.utime(folder, LONG_AGO)
    sweep(database)
    assert [folder.exists() for folder in (kept, forgotten, young)] == [True, False, True]


def test_an_idle_worker_keeps_house_once_in_a_while(
    database: Database, run: Made, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.write(lambda session: runs.trash(session, run.id))
    clock.moment += SLIGHTLY_MORE
    looks: list[str] = []
    upkeep = Upkeep(database)

    def idle() -> None:
        upkeep()
        looks.append("idle")
        if len(looks) == 3:
            worker.shut_down.set()

    worker = Worker(database, {}, pace=Pace(poll=0.01), idle=idle)
    monkeypatch.setattr("labeler.storage.upkeep.sweep", lambda database: looks.append("swept"))
    worker.run()
    assert looks == ["swept", "idle", "idle"]
    with database.reading() as session:
        assert runs.summaries(session, deleted=True) == ()


def test_imports_and_uploads_that_nobody_went_on_with_are_removed(
    database: Database,
) -> None:
    left = [database.instance / name for name in ("imports/ab12", "uploads/basket-00ff")]
    young = database.instance / "imports" / "cd34"
    for folder in (*left, young):
        folder.mkdir(parents=True)
    for folder in left:
        (folder / "a.png").write_bytes(b"x")
        for path in (folder / "a.png", folder):
            os.utime(path, (0, time.time() - 8 * 24 * 3600))
    Upkeep(database)()
    assert [folder.exists() for folder in (*left, young)] == [False, False, True]


def test_a_file_that_cannot_be_looked_at_ends_no_worker(
    database: Database, run: Made, caplog: pytest.LogCaptureFixture
) -> None:
    names(database, run, save_old(database, 1))
    database.artefacts.folder.joinpath("unreferenced.json").mkdir()
    Upkeep(database)()
    assert "could not be removed" in caplog.text


@pytest.mark.parametrize(
    "path", ["docs/care.md", "docs/architecture.md", "labeler/cli/runs.py", "templates/delete.html"]
)
def test_people_are_told_how_long_what_is_deleted_is_kept(path: str) -> None:
    text = Path(__file__).parents[2].joinpath(path).read_text(encoding="utf-8")
    assert f"{KEPT.days} days" in " ".join(text.split())
