"""Files are whole or not there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from labeler.files import hash_file, write_atomically


def failing() -> Iterator[bytes]:
    yield b"half"
    raise OSError("disk full")


def test_bytes_and_streams_arrive_whole(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"content")
    write_atomically(tmp_path / "b", iter([b"con", b"tent"]))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == b"content"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failure_midway_leaves_the_old_content_and_no_rest(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OSError, match="disk full"):
        write_atomically(tmp_path / "a", failing())
    assert (tmp_path / "a").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_nothing_is_seen_under_the_name_before_the_end(tmp_path: Path) -> None:
    def stream() -> Iterator[bytes]:
        yield b"one"
        assert not (tmp_path / "a").exists()
        yield b"two"

    write_atomically(tmp_path / "a", stream())
    assert (tmp_path / "a").read_bytes() == b"onetwo"


def test_a_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing.a"):
        write_atomically(tmp_path / "missing" / "a", b"")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links")
def test_a_link_keeps_pointing_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_file_is_known_by_the_sha_256_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert hash_file(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223b00361a396")
    with pytest.raises(OSError, match="none"):
        hash_file(tmp_path / "none")
