"""Tar archives, gzipped or not: layouts that load, and archives that are refused."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Literal

import pytest

from labeler.datasets import limits, load_dataset
from tests.datasets.conftest import Built, Refused, Saved


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


@pytest.fixture
def pack(tmp_path: Path) -> Saved:
    """Path of a tar of members; its name says whether it is gzipped."""

    def build(*members: tuple[tarfile.TarInfo, bytes], name: str = "pets.tar") -> str:
        path = tmp_path / name
        mode: Literal["w", "w:gz"] = "w" if name.endswith("tar") else "w:gz"
        with tarfile.open(path, mode, format=tarfile.PAX_FORMAT) as archive:
            for info, data in members:
                archive.addfile(info, io.BytesIO(data))
        return str(path)

    return build


@pytest.mark.parametrize("name", ["pets.tar", "pets.tgz", "pets.tar.gz", "pets.gz", "pets"])
def test_a_tar_is_read_like_a_zip(pack: Saved, png: Built, name: str) -> None:
    long = "x" * 150
    dataset = load_dataset(
        pack(
            member("./pets/cat/1.png", png(colour=1)),
            member(f"./pets/dog/{long}.png", png(colour=2)),
            member("./pets/readme.txt", b"hello"),
            name=name,
        )
    )
    assert dataset.name == "pets"
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.names == ("cat/1.png", f"dog/{long}.png")
    assert dataset.train.images[:, 0, 0].tolist() == [1, 2]
    assert dataset.notes[-1] == "1 other file ignored (readme.txt)"


def test_arrays_and_tables_in_a_tar_are_read_too(pack: Saved, idx: Built) -> None:
    files = (
        member("train-images-idx3-ubyte", idx(5, 4, 3)),
        member("train-labels-idx1-ubyte", idx(5)),
    )
    assert load_dataset(pack(*files)).train.labels.tolist() == [0, 1, 2, 3, 4]


def test_links_and_odd_names_are_skipped_and_said(pack: Saved, png: Built) -> None:
    out = member("out.png", type=tarfile.SYMTYPE, linkname="/etc/passwd")
    hard = member("hard.png", type=tarfile.LNKTYPE, linkname="good.png")
    dataset = load_dataset(pack(member("good.png", png()), out, hard, member("aux.png", png())))
    assert dataset.train.names == ("good.png",)
    assert dataset.notes[0] == "skipped 2 links"
    assert dataset.notes[1].startswith("skipped 1 entry with a name that not every system")


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "C:/evil.png"]
)
def test_an_unsafe_name_is_refused(pack: Saved, refused: Refused, png: Built, name: str) -> None:
    with refused("TAR-3", "unsafe name in entry 2"):
        load_dataset(pack(member("good.png", png()), member(name, png())))


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_a_device_is_refused(pack: Saved, refused: Refused, kind: bytes) -> None:
    with refused("TAR-4", "entry 1 is a device or pipe"):
        load_dataset(pack(member("a.png", type=kind)))


def test_names_that_are_one_on_another_system_are_refused(pack: Saved, refused: Refused) -> None:
    with refused("TAR-5", "same name twice"):
        load_dataset(pack(member("A.png"), member("a.png")))


def test_an_archive_without_images_is_refused(pack: Saved, refused: Refused) -> None:
    with refused("TAR-6", "no images found (1 other file ignored)"):
        load_dataset(pack(member("a.txt", b"x")))


def test_too_many_entries_are_refused(
    pack: Saved, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_ENTRIES", 3)
    with refused("TAR-2", "more than 3 entries"):
        load_dataset(pack(*(member(f"{n}.png") for n in range(4))))


@pytest.mark.parametrize("name", ["a.tar", "a.tgz"])
def test_a_bomb_is_refused(
    pack: Saved, refused: Refused, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    with refused("TAR-2", "unpacks to more than"):
        load_dataset(pack(*(member(f"{n}.png", bytes(400_000)) for n in range(3)), name=name))


def test_a_damaged_archive_is_refused(pack: Saved, refused: Refused, png: Built) -> None:
    path = Path(pack(member("a.png", png()), name="a.tgz"))
    whole = path.read_bytes()
    for data in (whole[:-30], b"", b"this is text", gzip.compress(b"text")):
        path.write_bytes(data)
        with refused("TAR-1", "damaged"):
            load_dataset(str(path))


def test_an_entry_that_is_cut_is_refused(pack: Saved, refused: Refused) -> None:
    path = Path(pack(member("a.png", bytes(5000))))
    path.write_bytes(path.read_bytes()[:2000])
    with refused("TAR-1", "cut"):
        load_dataset(str(path))


def test_a_header_of_megabytes_is_refused_before_it_is_read(pack: Saved, refused: Refused) -> None:
    path = Path(pack(member("a.png")))
    long_name, _ = member("a.png", type=tarfile.GNUTYPE_LONGNAME)
    long_name.size = 2**33
    path.write_bytes(long_name.tobuf(tarfile.GNU_FORMAT) + path.read_bytes())
    with refused("TAR-1", "header"):
        load_dataset(str(path))
