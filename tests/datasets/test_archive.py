"""Zip archives: layouts that load, and archives that are refused."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from labeler.datasets import limits, load_dataset
from tests.datasets.conftest import Built, Refused, Written


def zip_of(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> str:
    """Write an archive of (name or ZipInfo, data) pairs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return str(path)


def info(
    name: str, *, mode: int = 0, system: int = 3, method: int = zipfile.ZIP_DEFLATED
) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = system
    entry.external_attr = mode << 16
    entry.compress_type = method
    return entry


def test_a_folder_for_each_class_below_a_wrapper(make_zip: Written, png: Built) -> None:
    path = make_zip({"top/cat/1.png": png(), "top/dog/2.png": png(), "top/dog/3.png": png()})
    dataset = load_dataset(str(path))
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.labels.tolist() == [0, 1, 1]
    assert dataset.train.names == ("cat/1.png", "dog/2.png", "dog/3.png")


def test_what_systems_leave_behind_is_ignored(make_zip: Written, png: Built) -> None:
    junk = {"__MACOSX/cat/._1.png": b"x", "cat/.DS_Store": b"x", "dog/Thumbs.db": b"x"}
    dataset = load_dataset(str(make_zip({"cat/1.png": png(), "dog/1.png": png(), **junk})))
    assert len(dataset.train) == 2
    assert dataset.notes == ("1 file in __MACOSX ignored",)


def test_other_files_and_nested_archives_are_ignored_and_counted(
    make_zip: Written, png: Built
) -> None:
    path = make_zip({"1.png": png(), "readme.txt": b"hello", "more.zip": b"PK\x03\x04"})
    inner, others = load_dataset(str(path)).notes
    assert inner.startswith("1 archive inside not opened (more.zip)")
    assert others == "1 other file ignored (readme.txt)"


def test_an_archive_of_nothing_but_archives_says_so(make_zip: Written, refused: Refused) -> None:
    path = make_zip({"train.zip": b"PK\x03\x04", "test1.zip": b"PK\x03\x04"})
    with refused("ZIP-6", "2 archives inside not opened (test1.zip, train.zip): unpack first"):
        load_dataset(str(path))


def test_idx_and_csv_files_are_read_inside_too(make_zip: Written, idx: Built) -> None:
    entries = {"top/train-images-idx3-ubyte": idx(5, 4, 3), "top/train-labels-idx1-ubyte": idx(5)}
    assert load_dataset(str(make_zip(entries))).train.labels.tolist() == [0, 1, 2, 3, 4]
    table = {"train.csv": b"label,pixel1\ncat,7\n"}
    assert load_dataset(str(make_zip(table, "table.zip"))).classes == ("cat",)


def test_names_packed_as_utf8_without_the_flag_are_read_right(tmp_path: Path, png: Built) -> None:
    path = zip_of(tmp_path / "a.zip", ("caf\u00e9/1.png", png()), ("tea/1.png", png()))
    data = bytearray((tmp_path / "a.zip").read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature)
        flags = struct.unpack_from("<H", data, at + offset)[0]
        struct.pack_into("<H", data, at + offset, flags & ~0x800)
    (tmp_path / "a.zip").write_bytes(data)
    assert load_dataset(path).classes == ("café", "tea")


def cut(data: bytes) -> bytes:
    return data[:-40]


def without_directory(data: bytes) -> bytes:
    return data[: data.index(b"PK\x01\x02")]


def with_prefix(data: bytes) -> bytes:
    return b"#!/bin/sh\n" + data


def with_wrong_bytes(data: bytes) -> bytes:
    at = data.index(b"IDAT") + 10
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def with_other_directory(data: bytes) -> bytes:
    at = data.index(b"PK\x05\x06")
    return data[: at + 16] + b"\xff\xff\xff\x7f" + data[at + 20 :]


def with_zip64_nonsense(data: bytes) -> bytes:
    at = data.index(b"PK\x05\x06")
    return data[: at + 10] + b"\xff" * 10 + data[at + 20 :]


def with_lying_size(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<I", 2**31) + data[at + 28 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"this is text",
        cut,
        without_directory,
        with_prefix,
        with_wrong_bytes,
        with_other_directory,
        with_zip64_nonsense,
        with_lying_size,
    ],
)
def test_a_damaged_archive_is_refused(
    tmp_path: Path, refused: Refused, png: Built, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.png", png())
    path.write_bytes(damage(path.read_bytes()))
    with refused("ZIP-1", "damaged"):
        load_dataset(str(path))


def test_the_entry_that_fails_its_checksum_is_named(
    tmp_path: Path, refused: Refused, png: Built
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.png", png())
    path.write_bytes(with_wrong_bytes(path.read_bytes()))
    with refused("ZIP-1", "entry 'a.png' fails its checksum"):
        load_dataset(str(path))


def test_a_bomb_is_refused_by_its_own_account(
    make_zip: Written, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    path = make_zip({f"{i}.png": bytes(400_000) for i in range(3)})
    with refused("ZIP-2", "unpacks to more than", "1,200,000 bytes"):
        load_dataset(str(path))


def test_too_many_entries_are_refused_before_they_are_listed(
    make_zip: Written, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_ENTRIES", 10)
    path = make_zip({f"{i}.png": b"" for i in range(11)})
    with refused("ZIP-2", "11 entries, limit 10"):
        load_dataset(str(path))


def test_more_entries_than_the_archive_admits_are_refused(
    make_zip: Written, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_ENTRIES", 10)
    path = make_zip({f"{i}.png": b"" for i in range(11)})
    data = bytearray(path.read_bytes())
    struct.pack_into("<HH", data, data.index(b"PK\x05\x06") + 8, 1, 1)
    path.write_bytes(data)
    with refused("ZIP-2", "more than 10 entries"):
        load_dataset(str(path))


def test_entries_that_share_bytes_are_refused(
    make_zip: Written, refused: Refused, png: Built
) -> None:
    path = make_zip({"a.png": png(), "b.png": png(colour=3)})
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", data, second + 42, 0)
    path.write_bytes(data)
    with refused("ZIP-2", "entries overlap"):
        load_dataset(str(path))


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "a/../../evil.png",
        "/etc/evil.png",
        "C:evil.png",
        "C:/evil.png",
        "a//b.png",
        "..\\evil.png",
        "\\evil.png",
        "C:\\evil.png",
        "a/./../../evil.png",
    ],
)
def test_an_unsafe_name_is_refused(tmp_path: Path, refused: Refused, png: Built, name: str) -> None:
    path = zip_of(tmp_path / "a.zip", ("good.png", png()), (info(name), png()))
    with refused("ZIP-3", "unsafe name in entry 2"):
        load_dataset(path)


def test_a_name_that_zipfile_would_trim_is_refused(
    tmp_path: Path, refused: Refused, png: Built
) -> None:
    path = zip_of(tmp_path / "a.zip", ("a_b.png", png()))
    data = (tmp_path / "a.zip").read_bytes().replace(b"a_b.png", b"a\0b.png")
    (tmp_path / "a.zip").write_bytes(data)
    with refused("ZIP-3", "unsafe name in entry 1"):
        load_dataset(path)


def test_backslashes_and_dots_of_old_tools_are_made_plain(tmp_path: Path, png: Built) -> None:
    path = zip_of(tmp_path / "a.zip", ("cat_1.png", png()), ("./dog/2.png", png()))
    data = (tmp_path / "a.zip").read_bytes().replace(b"cat_1.png", b"cat\\1.png")
    (tmp_path / "a.zip").write_bytes(data)
    assert load_dataset(path).train.names == ("cat/1.png", "dog/2.png")


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "aux.png", "sub/COM1", "con/a.png"])
def test_a_name_that_not_every_system_can_store_is_skipped_and_said(
    tmp_path: Path, png: Built, name: str
) -> None:
    path = zip_of(tmp_path / "a.zip", ("good.png", png()), (info(name), png()))
    dataset = load_dataset(path)
    assert dataset.train.names == ("good.png",)
    assert dataset.notes[0].startswith("skipped 1 entry with a name that not every system can")


def test_links_are_skipped_and_counted(tmp_path: Path, png: Built) -> None:
    links = [(info(f"{n}.png", mode=0o120777), b"../../etc/passwd") for n in range(2)]
    dataset = load_dataset(zip_of(tmp_path / "a.zip", ("good.png", png()), *links))
    assert dataset.train.names == ("good.png",)
    assert dataset.notes == ("skipped 2 links",)


def written_without_flag(path: Path, names: tuple[str, ...], encoding: str, data: bytes) -> str:
    """Pack under names of as many ASCII characters first, then put the real bytes in."""
    real = [name.encode(encoding) for name in names]
    stand_ins = [f"{n}".rjust(len(one), "x").encode() for n, one in enumerate(real)]
    zip_of(path, *((one.decode(), data) for one in stand_ins))
    packed = path.read_bytes()
    for stand_in, one in zip(stand_ins, real, strict=True):
        packed = packed.replace(stand_in, one)
    path.write_bytes(packed)
    return str(path)


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp932", ("猫/写真1.png", "犬/表示2.png")),
        ("cp437", ("Ménage/1.png", "naïve/2.png")),
        ("utf-8", ("猫/1.png", "犬/2.png")),
    ],
)
def test_names_without_a_noted_encoding_are_read_as_they_were_packed(
    tmp_path: Path, png: Built, encoding: str, names: tuple[str, ...]
) -> None:
    path = written_without_flag(tmp_path / "a.zip", names, encoding, png())
    assert sorted(load_dataset(path).train.names or ()) == sorted(names)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (info("l.png", mode=0o020666), "entry 2 is a device or pipe"),
        (info("l.png", mode=0o010666), "entry 2 is a device or pipe"),
        (info("l.png", method=zipfile.ZIP_LZMA), "packed with method 14"),
        (info("l.png", method=zipfile.ZIP_BZIP2), "packed with method 12"),
    ],
)
def test_an_entry_that_is_no_plain_file_is_refused(
    tmp_path: Path, refused: Refused, png: Built, entry: zipfile.ZipInfo, words: str
) -> None:
    path = zip_of(tmp_path / "a.zip", ("good.png", png()), (entry, b"target"))
    with refused("ZIP-4", words):
        load_dataset(path)


def test_an_encrypted_entry_is_refused(make_zip: Written, refused: Refused, png: Built) -> None:
    path = make_zip({"a.png": png()})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with refused("ZIP-4", "entry 1 is encrypted"):
        load_dataset(str(path))


@pytest.mark.parametrize(("first", "second"), [("A.png", "a.png"), ("\u00e9.png", "e\u0301.png")])
def test_names_that_are_one_on_another_system_are_refused(
    make_zip: Written, refused: Refused, png: Built, first: str, second: str
) -> None:
    with refused("ZIP-5", "same name twice"):
        load_dataset(str(make_zip({first: png(), second: png()})))


def test_an_archive_without_images_is_refused_with_a_count(
    make_zip: Written, refused: Refused
) -> None:
    path = make_zip({"a.txt": b"x", "b.txt": b"y", ".DS_Store": b"z"})
    with refused("ZIP-6", "no images found (2 other files ignored)"):
        load_dataset(str(path))


def test_an_empty_archive_is_refused(tmp_path: Path, refused: Refused) -> None:
    with refused("ZIP-6", "no images found"):
        load_dataset(zip_of(tmp_path / "a.zip"))


def test_images_in_hidden_folders_are_left_out_and_counted(make_zip: Written, png: Built) -> None:
    hidden = {f".cats/{number}.png": png() for number in range(3)}
    dataset = load_dataset(str(make_zip({"dog/1.png": png(), **hidden})))
    assert len(dataset.train) == 1
    assert dataset.notes == ("3 images in hidden folders (.cats) left out",)
