"""Instances with something wrong: ``doctor`` says what, and agrees with what ``serve`` does."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from labeler.cli.heavy.doctor import _look_at_key
from labeler.datasets.base import Dataset
from labeler.exceptions import LabelerError, NoRoomError
from labeler.storage import doctor
from labeler.storage.engine import DATABASE_FILE
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.web.settings import KEY_BYTES, KEY_FILE, secret_key
from labeler.workflow import labeling
from labeler.workflow.run import open_run
from labeler.workflow.runs import list_runs
from labeler.workflow.upkeep import Level, find_faults, open_to_serve
from labeler.workflow.workspace import open_workspace
from tests.commands import run_here
from tests.conftest import blobs
from tests.disks import fill, mounted
from tests.web.conftest import make_run

COMMANDS = (["runs"], ["show", "bars"], ["report", "bars"], ["backup", "{out}"])


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small instance with a run, arrays and a key, to be copied."""
    instance = tmp_path_factory.mktemp("sound") / "instance"
    bars = Dataset("bars", ("a", "b", "c", "d"), blobs(50, 4, seed=1), blobs(20, 4, seed=2))
    with closing(open_workspace(instance)) as workspace:
        make_run(workspace, bars)
    secret_key(instance)
    return instance


@pytest.fixture
def instance(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(doctor, "_LOW_DISK_BYTES", 0)
    return Path(shutil.copytree(sound, tmp_path / "instance"))


def database(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def break_it(instance: Path) -> None:
        file = instance / DATABASE_FILE
        file.write_bytes(change(file.read_bytes()))

    return break_it


def foreign(instance: Path) -> None:
    (instance / DATABASE_FILE).unlink()
    with closing(sqlite3.connect(instance / DATABASE_FILE)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()


def foreign_with_revision(instance: Path) -> None:
    foreign(instance)
    with closing(sqlite3.connect(instance / DATABASE_FILE)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0002')")
        connection.commit()


def sql(statement: str) -> Callable[[Path], object]:
    def break_it(instance: Path) -> None:
        with closing(sqlite3.connect(instance / DATABASE_FILE)) as connection:
            connection.execute(statement)
            connection.commit()

    return break_it


def array(change: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda instance: change(next(instance.glob("artefacts/*/*.npy")))


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_pipe(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes that have a name")
    path.unlink()
    os.mkfifo(path)


def become_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a file")


def key(content: bytes) -> Callable[[Path], object]:
    return lambda instance: (instance / KEY_FILE).write_bytes(content)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "damaged header": (database(lambda b: b"\0" * 100 + b[100:]), "restore a backup"),
    "other page size": (database(lambda b: b[:16] + b"\x07\x07" + b[18:]), "restore a backup"),
    "cut": (database(lambda b: b[: len(b) // 2]), "restore a backup"),
    "cut in the header": (database(lambda b: b[:50]), "restore a backup"),
    "text": (database(lambda b: b"to do: buy milk\n" * 500), "restore a backup"),
    "pages of zeros": (database(lambda b: b[:4096] + bytes(len(b) - 4096)), "restore a backup"),
    "0 bytes": (database(lambda b: b""), "restore a backup"),
    "gone": (lambda i: (i / DATABASE_FILE).unlink(), "restore a backup"),
    "foreign": (foreign, "not one of Labeler's"),
    "foreign, of the same tool": (foreign_with_revision, "not one of Labeler's"),
    "newer": (sql("UPDATE alembic_version SET version_num = '9999'"), "update Labeler"),
    "without revision": (sql("DELETE FROM alembic_version"), "not one of Labeler's"),
    "rows of no form": (sql("UPDATE run SET artefacts = 'no JSON'"), "restore a backup"),
    "references to nothing": (sql("UPDATE question SET run_id = 'x'"), "restore a backup"),
    "a folder as database": (lambda i: become_folder(i / DATABASE_FILE), "move it away"),
    "a file as instance": (become_file, "LABELER_INSTANCE"),
    "array missing": (array(Path.unlink), "is missing"),
    "array damaged": (array(lambda path: path.write_bytes(b"other")), "is damaged"),
    "array a folder": (array(become_folder), "cannot be read"),
    "an array a pipe": (array(become_pipe), "cannot be read"),
    "a file as arrays": (lambda i: become_file(i / "artefacts"), "is not a folder"),
    "key short": (key(b"abc"), "remove it"),
    "key a folder": (lambda i: become_folder(i / KEY_FILE), "remove it"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_doctor_says_what_is_wrong_and_no_command_breaks_over_it(
    instance: Path, tmp_path: Path, kind: str
) -> None:
    break_it, advice = BROKEN[kind]
    break_it(instance)
    found = run_here("doctor", LABELER_INSTANCE=str(instance))
    assert found.returncode == 2
    errors = [line for line in found.stdout.splitlines() if line.startswith("error")]
    assert any(advice in line for line in errors), found.stdout
    assert len(errors) == len(set(errors)) < 5
    told = run_here("doctor", "--json", LABELER_INSTANCE=str(instance))
    assert [one["level"] for one in json.loads(told.stdout)].count("error") == len(errors)
    for command in COMMANDS:
        arguments = [one.format(out=tmp_path / "out.zip") for one in command]
        finished = run_here(*arguments, LABELER_INSTANCE=str(instance))
        assert finished.returncode in (0, 1, 2)
        assert finished.stderr.count("\n") == (finished.returncode != 0)


def test_a_backup_that_could_not_be_restored_is_written_and_told(
    instance: Path, tmp_path: Path
) -> None:
    sql("UPDATE question SET run_id = 'x' WHERE id = 1")(instance)
    backup = tmp_path / "backup.zip"
    told = run_here("backup", backup, LABELER_INSTANCE=str(instance))
    assert told.returncode == 1
    assert "`labeler restore` will refuse it. 1 rows" in told.stderr
    refused = run_here("restore", backup, LABELER_INSTANCE=str(tmp_path / "other"))
    assert refused.returncode == 2
    assert "1 rows of its database refer to rows that are not there" in refused.stderr
    assert "earlier backup" in refused.stderr


def starts(instance: Path) -> bool:
    """What ``serve`` does before it listens."""
    try:
        with closing(open_to_serve(instance)):
            secret_key(instance)
    except LabelerError:
        return False
    return True


def finds_nothing(instance: Path) -> bool:
    findings = [*find_faults(instance), *_look_at_key(instance)]
    return not any(one.level is Level.ERROR for one in findings)


def empty(instance: Path) -> None:
    shutil.rmtree(instance)
    instance.mkdir()


def only_key(instance: Path) -> None:
    kept = (instance / KEY_FILE).read_bytes()
    shutil.rmtree(instance)
    instance.mkdir()
    key(kept)(instance)


def only_empty_database(instance: Path) -> None:
    only_key(instance)
    (instance / DATABASE_FILE).touch()


@pytest.mark.parametrize(
    "kind",
    [
        *BROKEN,
        "sound",
        "new",
        "an empty folder",
        "only a key",
        "0 bytes and no arrays",
        "key empty",
        "read-only",
    ],
)
def test_where_doctor_finds_nothing_the_server_starts(
    instance: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: dict[str, Callable[[Path], object]] = {
        "new": shutil.rmtree,
        "an empty folder": empty,
        "only a key": only_key,
        "0 bytes and no arrays": only_empty_database,
        "key empty": key(b""),
        "read-only": lambda _: plant_refusal(monkeypatch),
    }
    break_it = BROKEN[kind][0] if kind in BROKEN else others.get(kind, lambda _: None)
    break_it(instance)
    nothing_found = finds_nothing(instance)
    assert nothing_found is (kind in ("sound", *others) and kind != "read-only")
    assert starts(instance) or not nothing_found


def test_a_database_that_is_gone_is_not_replaced_by_an_empty_one(
    instance: Path, tmp_path: Path
) -> None:
    backup, database = tmp_path / "backup.zip", instance / DATABASE_FILE
    assert run_here("backup", backup, LABELER_INSTANCE=str(instance)).returncode == 0
    database.unlink()
    for command in (["serve"], ["runs"], ["new", "digits", "--name", "x"], ["backup", backup]):
        refused = run_here(*command, LABELER_INSTANCE=str(instance))
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
        assert "labeler restore FILE" in refused.stderr
        assert "move the arrays away to start anew" in refused.stderr
    assert not database.exists()
    database.touch()
    refused = run_here("serve", LABELER_INSTANCE=str(instance))
    told = run_here("doctor", LABELER_INSTANCE=str(instance)).stdout
    assert " ".join(refused.stderr.removeprefix("labeler: ").split()) in " ".join(told.split())
    database.unlink()
    kept = Path(shutil.copytree(instance, tmp_path / "other"))
    assert run_here("restore", backup, LABELER_INSTANCE=str(instance)).returncode == 0
    assert starts(instance)
    (kept / "artefacts").rename(tmp_path / "away")
    assert starts(kept)


def plant_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that is mounted read-only, which root does not see in permissions."""

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("labeler.storage.driver_errors.tempfile.TemporaryFile", refuse)


def test_a_disk_that_is_mounted_read_only_is_found(instance: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=8m") as disk:
        there = Path(shutil.copytree(instance, disk / "instance"))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        found = run_here("doctor", LABELER_INSTANCE=str(there))
        assert found.returncode == 2
        assert "cannot be written to" in found.stdout
        assert not starts(there)
        assert run_here("runs", LABELER_INSTANCE=str(there)).returncode == 0
        backup = tmp_path / "made" / "b.zip"
        kept = run_here("backup", backup, LABELER_INSTANCE=str(there))
        assert kept.returncode == 0, kept.stderr
        assert list(backup.parent.iterdir()) == [backup]
        said = run_here("serve", LABELER_INSTANCE=str(there))
        assert said.returncode == 2
        assert said.stderr.count("\n") == 1
        new = run_here("doctor", LABELER_INSTANCE=str(disk / "new"))
        assert new.returncode == 2
        assert run_here("runs", LABELER_INSTANCE=str(disk / "new")).returncode == 2


def test_a_full_disk_is_one_line_and_hinders_nothing_once_there_is_room(
    instance: Path, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", "size=8m") as disk:
        there = Path(shutil.copytree(instance, disk / "instance"))
        fill(disk)
        before = sorted(disk.rglob("*"))
        for command in (
            ["backup", str(disk / "b.zip")],
            ["new", "digits", "--name", "more", "--preset", "classic", "--labels", "5"],
            ["serve"],
        ):
            finished = run_here(*command, LABELER_INSTANCE=str(there))
            assert finished.returncode == 1, finished.stderr
            assert "no room left" in finished.stderr
            assert finished.stderr.count("\n") == 1
        for where in (there, disk / "new"):
            found = run_here("doctor", LABELER_INSTANCE=str(where))
            assert found.returncode == 2
            assert "error" in found.stdout
            assert "no room left" in found.stdout
            assert not starts(where)
        left = set(disk.rglob("*")) - set(before)
        assert all(one.is_dir() or one.stat().st_size == 0 for one in left)
        (disk / "ballast").unlink()
        for where in (there, disk / "new"):
            assert starts(where)
            assert run_here("doctor", LABELER_INSTANCE=str(where)).returncode == 0


def test_an_answer_that_does_not_fit_on_the_disk_leaves_nothing_and_fits_later(
    instance: Path, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", "size=8m") as disk:
        there = Path(shutil.copytree(instance, disk / "instance"))
        with closing(open_workspace(there)) as ws:
            (run,) = list_runs(ws)
            question = labeling.questions(open_run(ws, run.run.id))[0].id
            given = (run.run.id, "op", "ann", [GivenAnswer(question, Verdict.SKIP)])
            fill(disk)
            with pytest.raises(NoRoomError):
                labeling.record_answers(ws, *given)
            assert labeling.questions(open_run(ws, run.run.id))[0].verdict is None
            (disk / "ballast").unlink()
            labeling.record_answers(ws, *given)
            assert labeling.questions(open_run(ws, run.run.id))[0].verdict is Verdict.SKIP


def test_a_full_disk_at_the_first_start_leaves_no_half_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("labeler.web.settings.os.fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            secret_key(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / KEY_FILE).touch()  # as earlier versions left it
    assert len(secret_key(tmp_path)) == KEY_BYTES


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_is_printed_into_a_full_disk_is_one_line_of_error(instance: Path) -> None:
    with open("/dev/full", "wb") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "labeler", "runs"],
            env={**os.environ, "LABELER_INSTANCE": str(instance)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert finished.returncode == 1
    assert "no room left" in finished.stderr
    assert finished.stderr.count("\n") == 1
