"""The journal of an import: what was put outlives a kill, and nothing that lies there harms."""

import os
from pathlib import Path

import pytest

from labeler.storage.folder import journal as journals
from labeler.storage.folder.journal import FOLDER, FileJournal, journal_of


def written(folder: Path, n_records: int = 3) -> Path:
    """A journal of a process that is gone; its file."""
    with FileJournal(folder) as journal:
        for number in range(n_records):
            journal.put(b"key %d" % number, b"value %d" % number)
    (file,) = folder.glob("*.journal")
    return file


def known(folder: Path, n_records: int = 3) -> list[bytes | None]:
    with FileJournal(folder) as journal:
        return [journal.get(b"key %d" % number) for number in range(n_records)]


def test_what_was_put_is_there_at_once_and_later(tmp_path: Path) -> None:
    with FileJournal(tmp_path / "j") as journal:
        assert journal.get(b"a") is None
        journal.put(b"a", b"one")
        journal.put(b"b", b"")
        assert (journal.get(b"a"), journal.get(b"b")) == (b"one", b"")
        with FileJournal(tmp_path / "j") as other:  # as after SIGKILL: nothing was closed
            assert (other.get(b"a"), other.get(b"b")) == (b"one", b"")


def test_a_journal_cut_anywhere_counts_up_to_there(tmp_path: Path) -> None:
    file = written(tmp_path / "j")
    whole = file.read_bytes()
    n_known = []
    for length in range(len(whole) + 1):
        file.write_bytes(whole[:length])
        found = known(tmp_path / "j")
        n_known.append(sum(value is not None for value in found))
        assert found[: n_known[-1]] == [b"value 0", b"value 1", b"value 2"][: n_known[-1]]
    assert n_known == sorted(n_known)
    assert (n_known[0], n_known[-2], n_known[-1]) == (0, 2, 3)


def test_bytes_that_turned_are_never_taken_for_what_was_put(tmp_path: Path) -> None:
    file = written(tmp_path / "j", 2)
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        for number, value in enumerate(known(tmp_path / "j", 2)):
            assert value in (None, b"value %d" % number)


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"something else\n" * 99])
def test_what_is_foreign_is_no_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").mkdir()
    (tmp_path / "j" / "x.journal").write_bytes(content)
    (tmp_path / "j" / "notes.txt").write_bytes(content)
    written_beside = tmp_path / "j"
    with FileJournal(written_beside) as journal:
        journal.put(b"key 0", b"value 0")
    assert known(written_beside, 1) == [b"value 0"]


def test_where_nothing_can_be_written_it_forgets(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"a file")
    with FileJournal(tmp_path / "j") as journal:
        journal.put(b"a", b"one")
        assert journal.get(b"a") is None


def test_two_at_once_do_not_disturb_one_another(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    written(folder)
    with FileJournal(folder) as first, FileJournal(folder) as second:
        first.put(b"a", b"first's")
        second.put(b"a", b"second's")
        first.discard()
        second.put(b"b", b"second's")
        assert second.get(b"a") == second.get(b"b") == b"second's"
        assert second.get(b"key 0") == b"value 0"
    assert [path.suffix for path in folder.iterdir()] == [".journal"]
    with FileJournal(folder) as third:
        assert third.get(b"b") == b"second's"
        third.discard()
    assert not folder.exists()


def test_a_journal_is_removed_without_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "j")
    read: list[Path] = []
    monkeypatch.setattr(FileJournal, "_read", lambda _journal, path: read.append(path))
    FileJournal(tmp_path / "j").discard()
    assert not file.exists()
    assert not read


def test_those_that_nobody_went_on_with_are_removed(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with journal_of(tmp_path, name) as journal:
            journal.put(b"a", b"one")
        if name == "old":
            (old,) = (tmp_path / FOLDER).iterdir()
    for path in (*old.iterdir(), old):
        os.utime(path, (0, path.stat().st_mtime - journals.KEPT_SECONDS - 60))
    with journal_of(tmp_path, "new") as journal:
        assert journal.get(b"a") == b"one"
    assert not old.exists()


def test_headway_is_told_once_for_each_new_thing(tmp_path: Path) -> None:
    told: list[None] = []
    for _ in range(2):
        with journal_of(tmp_path, "x", lambda: told.append(None)) as journal:
            journal.put(b"a", b"one")
            journal.put(b"a", b"one")
    assert len(told) == 1
