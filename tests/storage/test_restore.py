"""Restoring: beside what another database left, cut off midway, from files of anybody."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.exceptions import NoRoomError
from labeler.storage import runs
from labeler.storage.backups import restore as restoring
from labeler.storage.backups.backup import back_up
from labeler.storage.backups.backup_file import MANIFEST, Manifest
from labeler.storage.backups.restore import restore
from labeler.storage.database import Database, open_database
from labeler.storage.engine import DATABASE_FILE, file_url, make_engine
from labeler.storage.errors import BackupError, BusyError, UnusableError
from labeler.storage.folder.instance import SIDE_FILES, leftovers, work_folder
from labeler.storage.migrations.upgrade import (
    SCRIPTS,
    count_rows,
    current_revision,
    head_revision,
    upgrade,
)
from labeler.storage.upkeep import referenced
from tests.commands import run_here
from tests.storage.conftest import make_run

Entries = dict[str, bytes]
DIGEST = hashlib.sha256(b"hi").hexdigest()


@pytest.fixture
def made(sqlite_database: Database, tmp_path: Path) -> Path:
    """A backup of a run with two arrays."""
    run = make_run(sqlite_database)
    references = sqlite_database.artefacts.save_all({"a": np.arange(9), "b": np.arange(8)})
    sqlite_database.write(lambda s: runs.update_run(s, run.id, artefacts=references))
    back_up(sqlite_database, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


def leave_a_hot_journal(database: Path) -> None:
    """A program dies in the middle of a large transaction."""
    code = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA cache_size=5")
c.execute("BEGIN IMMEDIATE")
c.execute("UPDATE question SET position = position + 1000")
c.execute("CREATE TABLE junk (a)")
c.executemany("INSERT INTO junk VALUES (?)", [("x" * 400,)] * 3000)
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code, str(database)], check=False)
    assert database.with_name(f"{database.name}-journal").stat().st_size > 0


def test_what_another_database_left_is_set_aside_and_said(
    sqlite_database: Database, made: Path, tmp_path: Path
) -> None:
    instance = sqlite_database.instance
    make_run(sqlite_database, "after")
    sqlite_database.close()
    file = instance / DATABASE_FILE
    leave_a_hot_journal(file)
    file.rename(tmp_path / "moved")
    for suffix in SIDE_FILES[1:]:
        file.with_name(file.name + suffix).write_bytes(b"old")
    finished = run_here("restore", made, LABELER_INSTANCE=str(instance))
    assert finished.returncode == 0, finished.stderr
    aside = sorted(instance.glob("*.set-aside-*"))
    assert len(aside) == 3
    assert all(str(path) in finished.stdout for path in aside)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM run").fetchall() == [("animals",)]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_database_that_was_moved_away_keeps_its_journal(
    sqlite_database: Database, made: Path, tmp_path: Path
) -> None:
    """SQLite deletes a journal that it finds beside no database."""
    instance, file = sqlite_database.instance, sqlite_database.instance / DATABASE_FILE
    sqlite_database.close()
    leave_a_hot_journal(file)
    file.rename(tmp_path / "moved.sqlite3")
    with pytest.raises(UnusableError, match="arrays of runs"):
        open_database(instance)
    assert not list(instance.glob("*.set-aside-*")), "whoever puts it back finds its journal"
    (instance / "artefacts").rename(tmp_path / "arrays")
    open_database(instance).close()
    (aside,) = instance.glob("*.set-aside-*")
    aside.rename(tmp_path / "moved.sqlite3-journal")
    with closing(sqlite3.connect(tmp_path / "moved.sqlite3")) as connection:
        assert connection.execute("SELECT max(position) FROM question").fetchone()[0] < 1000


def test_nothing_is_restored_under_a_running_labeler(
    sqlite_database: Database, made: Path, tmp_path: Path
) -> None:
    instance = sqlite_database.instance
    (instance / DATABASE_FILE).rename(tmp_path / "moved")
    with pytest.raises(BusyError, match="running"):
        restore(made, instance)
    sqlite_database.close()
    restore(made, instance)


def test_nobody_opens_a_folder_that_is_being_restored(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_: object) -> None:
        with pytest.raises(BusyError, match="being restored"):
            open_database(tmp_path / "new")

    monkeypatch.setattr(restoring, "_check_database", look)
    restore(made, tmp_path / "new")


RESTORE = """
import os, signal, sys
from pathlib import Path
from labeler.storage.folder import artefacts
from labeler.storage.backups import restore

module, name = sys.argv[3].split(".")
whole = getattr({"restore": restore, "store": artefacts.ArtefactStore}[module], name)

def die(*arguments):
    if sys.argv[4] == "after":
        whole(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr({"restore": restore, "store": artefacts.ArtefactStore}[module], name, die)
restore.restore(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize(
    "place",
    ["restore._check_database before", "store.put after", "restore.set_aside after"],
)
def test_a_restore_that_was_killed_can_be_repeated(made: Path, tmp_path: Path, place: str) -> None:
    new = tmp_path / "new"
    arguments = [sys.executable, "-c", RESTORE, str(made), str(new), *place.split()]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    assert not (new / DATABASE_FILE).exists()
    assert len(leftovers(new)) == 1
    restore(made, new)
    assert leftovers(new) == []
    with closing(open_database(new)) as restored, restored.reading() as session:
        references = referenced(session)
        assert len(references) == 2
        for reference in references:
            restored.artefacts.verify(reference)


def test_a_killed_backup_is_swept_and_a_living_one_is_not(
    sqlite_database: Database, made: Path, tmp_path: Path
) -> None:
    instance = sqlite_database.instance
    code = f"""
import os
from pathlib import Path
from labeler.storage.folder.instance import work_folder
with work_folder(Path({str(instance)!r}), "backup") as folder:
    (folder / "labeler.sqlite3").write_bytes(bytes(1000))
    os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    (dead,) = leftovers(instance)
    doctor = run_here("doctor", LABELER_INSTANCE=str(instance))
    assert f"leftovers: Work that was cut off left {dead.name}" in doctor.stdout
    old = instance / "artefacts" / "aa" / ".labeler-0123456789abcdef.tmp"
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_bytes(b"half")
    assert old not in leftovers(instance)  # somebody may be writing it
    os.utime(old, (0, 0))
    with work_folder(instance, "backup") as living:
        back_up(sqlite_database, tmp_path / "next.zip")
        assert living.is_dir()
        assert not dead.exists()
        assert not old.exists()
    assert leftovers(instance) == []


def test_arrays_that_are_missing_are_named_and_the_status_says_so(
    sqlite_database: Database, made: Path, tmp_path: Path
) -> None:
    names = sorted(sqlite_database.artefacts.references())
    sqlite_database.artefacts.path(names[0]).unlink()
    folder = sqlite_database.artefacts.path(names[1])
    folder.unlink()
    folder.mkdir()
    target = tmp_path / "lacking.zip"
    finished = run_here("backup", target, LABELER_INSTANCE=str(sqlite_database.instance))
    assert finished.returncode == 1
    assert f"rows written to {target}" in finished.stdout
    restored = run_here("restore", target, LABELER_INSTANCE=str(tmp_path / "new"))
    assert restored.returncode == 1
    assert "rows restored" in restored.stdout
    for said in (finished.stderr, restored.stderr):
        assert said.count("\n") == 1
        assert "2 arrays were missing or damaged" in said
        assert all(name in said for name in names)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    scripts, file = tmp_path / "scripts", tmp_path / "older.sqlite3"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__", "000[2-9]*"))
    engine = make_engine(file_url(file))
    upgrade(engine, backups=tmp_path, scripts=scripts)
    with engine.connect() as connection:
        counts = count_rows(connection)
    schema = current_revision(engine)
    engine.dispose()
    manifest = Manifest(1, "0.1.0", str(schema), "2026-01-01T00:00:00Z", counts, {}, [])
    entries = signed({DATABASE_FILE: file.read_bytes()}, asdict(manifest))
    restore(write(tmp_path / "older.zip", entries), tmp_path / "new")
    with closing(sqlite3.connect(tmp_path / "new" / DATABASE_FILE)) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert found == [(head_revision(),)]
    assert not (tmp_path / "new" / "backups").exists()


def read(path: Path) -> Entries:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, entries: Entries) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def signed(entries: Entries, fields: dict[str, Any]) -> Entries:
    """With a manifest that fits the database, as a forger would write it."""
    fields["entries"][DATABASE_FILE] = hashlib.sha256(entries[DATABASE_FILE]).hexdigest()
    return {**entries, MANIFEST: json.dumps(fields).encode()}


def changed(**values: Any) -> Callable[[Entries], Entries]:
    """Another manifest."""

    def change(entries: Entries) -> Entries:
        fields = {**json.loads(entries[MANIFEST]), **values}
        return {**entries, MANIFEST: json.dumps(fields).encode()}

    return change


def with_entry(name: str, digest: str = DIGEST) -> Callable[[Entries], Entries]:
    def change(entries: Entries) -> Entries:
        fields = json.loads(entries[MANIFEST])
        fields["entries"][name] = digest
        return {**entries, name or "x": b"hi", MANIFEST: json.dumps(fields).encode()}

    return change


def with_manifest(content: bytes) -> Callable[[Entries], Entries]:
    return lambda entries: {**entries, MANIFEST: content}


def with_database(*statements: str) -> Callable[[Entries], Entries]:
    """Another database, and a manifest that fits it."""

    def change(entries: Entries) -> Entries:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(entries[DATABASE_FILE])
            connection.execute("PRAGMA foreign_keys=OFF")
            for statement in statements:
                connection.execute(statement)
            connection.commit()
            content = connection.serialize()
        return signed({**entries, DATABASE_FILE: content}, json.loads(entries[MANIFEST]))

    return change


def without(*names: str) -> Callable[[Entries], Entries]:
    def change(entries: Entries) -> Entries:
        kept = [n for n in entries if not any(n.startswith(one) for one in names)]
        return {name: entries[name] for name in kept}

    return change


def without_arrays(entries: Entries) -> Entries:
    fields = json.loads(entries[MANIFEST])
    fields["entries"] = {DATABASE_FILE: fields["entries"][DATABASE_FILE]}
    return {**entries, MANIFEST: json.dumps(fields).encode()}


def text_for_database(entries: Entries) -> Entries:
    return signed({**entries, DATABASE_FILE: b"hello " * 99}, json.loads(entries[MANIFEST]))


HOSTILE: dict[str, Callable[[Entries], Entries]] = {
    "no manifest": without(MANIFEST),
    "no database": without(DATABASE_FILE),
    "no arrays": without("artefacts/"),
    "manifest empty": with_manifest(b""),
    "manifest not text": with_manifest(b"\xff\xfe\x00"),
    "manifest a list": with_manifest(b"[]"),
    "manifest null": with_manifest(b"null"),
    "manifest a number": with_manifest(b"1e999"),
    "manifest deep": with_manifest(b"[" * 200_000),
    "manifest deep objects": with_manifest(b'{"a":' * 200_000),
    "manifest cut": with_manifest(b'{"format": 1, "entries": {'),
    "manifest of many digits": with_manifest(b'{"format": ' + b"9" * 10_000 + b"}"),
    "manifest without keys": with_manifest(b"{}"),
    "manifest a bomb": with_manifest(b" " * ((1 << 26) + 1)),
    "other key": changed(more=1),
    "format text": changed(format="1"),
    "format true": changed(format=True),
    "format newer": changed(format=2, labeler="9\x1b[31m\n" * 99),
    "version a list": changed(labeler=[]),
    "schema null": changed(schema=None),
    "counts a list": changed(row_counts=[1]),
    "counts null": changed(row_counts=None),
    "count negative": changed(row_counts={"run": -1}),
    "count huge": changed(row_counts={"run": 10**30}),
    "count a fraction": changed(row_counts={"run": 1.5}),
    "count of others": changed(row_counts={"run": 1}),
    "entries a text": changed(entries="labeler.sqlite3"),
    "entries empty": changed(entries={}),
    "entry a number": changed(entries={DATABASE_FILE: 5}),
    "missing a text": changed(missing="abc"),
    "missing numbers": changed(missing=[1]),
    "missing odd names": changed(missing=["\x1b[2J" * 10_000]),
    "entry climbs": with_entry("artefacts/../../evil.npy"),
    "entry climbs by digest": with_entry("artefacts/../evil.npy", "../evil"),
    "entry absolute": with_entry("/tmp/evil.npy"),
    "entry without name": with_entry(""),
    "entry of odd letters": with_entry("artefacts/\u202eevil\x1b[2J.npy"),
    "entry a drive": with_entry("C:\\evil.npy"),
    "arrays not named": without_arrays,
    "database text": text_for_database,
    "database with a trigger": with_database(
        "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END"
    ),
    "database with a view": with_database("CREATE VIEW v AS SELECT * FROM run"),
    "database with orphans": with_database("UPDATE question SET run_id = 'gone'"),
    "database of a newer schema": with_database("UPDATE alembic_version SET version_num = '9'"),
    "database without rows": with_database("DELETE FROM question"),
    "database with other names": with_database("UPDATE run SET artefacts = '[7]'"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_backup_is_refused_in_one_line_and_leaves_nothing(
    made: Path, tmp_path: Path, kind: str
) -> None:
    forged = write(tmp_path / "forged.zip", HOSTILE[kind](read(made)))
    before = set(tmp_path.rglob("*"))
    finished = run_here("restore", forged, LABELER_INSTANCE=str(tmp_path / "new"))
    refused(finished.returncode, finished.stderr)
    new = {path.name for path in set(tmp_path.rglob("*")) - before}
    assert new <= {"new", "in-use.lock"}


def refused(status: int, said: str) -> None:
    assert status in (1, 2)
    assert said.startswith("labeler: ")
    assert said.count("\n") == 1
    assert len(said) < 1000
    assert said[:-1].isprintable()


def encrypt(archive: bytearray) -> None:
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = archive.find(mark)
        while at >= 0:
            archive[at + offset] |= 1
            at = archive.find(mark, at + 1)


def pack_otherwise(archive: bytearray) -> None:
    at = archive.find(b"PK\x01\x02")
    archive[at + 10] = 77


@pytest.mark.parametrize("change", [encrypt, pack_otherwise])
def test_a_zip_that_is_read_otherwise_is_refused(
    made: Path, tmp_path: Path, change: Callable[[bytearray], None]
) -> None:
    content = bytearray(made.read_bytes())
    change(content)
    made.write_bytes(content)
    finished = run_here("restore", made, LABELER_INSTANCE=str(tmp_path / "new"))
    refused(finished.returncode, finished.stderr)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entries_that_come_twice_are_refused(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(MANIFEST, b"{}")
    with pytest.raises(BackupError):
        restore(made, tmp_path / "new")


def test_a_link_in_a_backup_is_never_followed(made: Path, tmp_path: Path) -> None:
    entries = read(made)
    with zipfile.ZipFile(tmp_path / "linked.zip", "w") as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, content)
    restore(tmp_path / "linked.zip", tmp_path / "new")
    assert not any(path.is_symlink() for path in (tmp_path / "new").rglob("*"))


def test_a_backup_that_unpacks_to_more_than_the_disk_holds_is_refused_first(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(NoRoomError):
        restore(made, tmp_path / "new")
    assert not (tmp_path / "new" / "artefacts").exists()
