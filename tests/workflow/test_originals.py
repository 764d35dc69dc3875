"""The files that images were read from: kept by reference, found again, known to be the same."""

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.datasets.originals import Blobs
from labeler.progress import SILENT, Task
from labeler.storage.rows import Dataset
from labeler.workflow.datasets import import_dataset, import_upload
from labeler.workflow.pictures.images import (
    CELL_SIDE,
    has_renditions,
    image_file,
    image_strip,
    strip_of,
)
from labeler.workflow.pictures.originals import (
    KeptOriginals,
    OriginalChangedError,
    OriginalGoneError,
    original_for_browser,
    original_of,
    read_original,
    rendition_of,
)
from labeler.workflow.workspace import Workspace

ORIENTATION = 0x0112


def photo(width: int, height: int, colour: int, kind: str = "JPEG", turn: int = 1) -> bytes:
    image = Image.new("RGB", (width, height), (colour, 80, 120))
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    file = io.BytesIO()
    image.save(file, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return file.getvalue()


@pytest.fixture
def files() -> dict[str, bytes]:
    """A landscape, the same held upright, and one that no browser shows."""
    return {
        "cats/a wide.jpg": photo(600, 300, 10),
        "cats/b upright.JPG": photo(600, 300, 60, turn=6),
        "dogs/c.tiff": photo(300, 200, 200, "TIFF"),
    }


@pytest.fixture
def imported(
    ws: Workspace, files: dict[str, bytes], make_folder: Callable[..., Path]
) -> tuple[Dataset, Path]:
    folder = make_folder(files)
    return import_dataset(ws, str(folder)), folder


def test_the_original_is_the_file_byte_for_byte(
    ws: Workspace, imported: tuple[Dataset, Path], files: dict[str, bytes]
) -> None:
    dataset, folder = imported
    for number, (path, content) in enumerate(files.items()):
        found = original_of(ws, dataset, number)
        assert found is not None
        assert (found.path, found.place) == (path, str(folder / path))
        assert read_original(ws, dataset, number) == content
    sizes = [original_of(ws, dataset, number) for number in range(3)]
    assert [(one.height, one.width) for one in sizes if one] == [(300, 600), (600, 300), (200, 300)]


def test_a_browser_is_sent_what_it_can_show(
    ws: Workspace, imported: tuple[Dataset, Path], files: dict[str, bytes]
) -> None:
    dataset, _ = imported
    jpeg, tiff = (original_for_browser(ws, dataset, number) for number in (0, 2))
    assert (jpeg.media_type, jpeg.data) == ("image/jpeg", files["cats/a wide.jpg"])
    assert tiff.media_type == "image/png"
    assert Image.open(io.BytesIO(tiff.data)).getpixel((0, 0)) == (200, 80, 120)


def test_renditions_keep_the_aspect_and_are_made_once(
    ws: Workspace, imported: tuple[Dataset, Path]
) -> None:
    dataset, folder = imported
    shutil.rmtree(folder)
    shown = [Image.open(io.BytesIO(image_file(ws, dataset, n).data)) for n in range(3)]
    assert [one.size for one in shown] == [(256, 128), (128, 256), (256, 171)]
    assert {one.format for one in shown} == {"WEBP"}
    strip = strip_of(ws, dataset, [1, 0])
    assert [(c.x, c.width, c.height) for c in strip.cells] == [(0, 64, 128), (64, 128, 64)]
    assert (strip.is_smooth, strip.height) == (True, CELL_SIDE)
    sheet = np.asarray(Image.open(io.BytesIO(image_strip(ws, dataset, [1, 0]).data)))
    assert sheet.shape == (128, 192, 3)
    assert abs(int(sheet[60, 30, 0]) - 60) < 8
    assert abs(int(sheet[30, 100, 0]) - 10) < 8


def test_what_moved_or_changed_is_said(ws: Workspace, imported: tuple[Dataset, Path]) -> None:
    dataset, folder = imported
    (folder / "cats/a wide.jpg").write_bytes(photo(600, 300, 99))
    with pytest.raises(OriginalChangedError, match=r"changed since it was read: .*a wide\.jpg"):
        read_original(ws, dataset, 0)
    (folder / "cats/a wide.jpg").unlink()
    with pytest.raises(OriginalGoneError, match=r"not where it was .*a wide\.jpg"):
        read_original(ws, dataset, 0)
    assert rendition_of(ws, dataset, 0)


def test_a_link_put_in_its_place_leads_nowhere(
    ws: Workspace, imported: tuple[Dataset, Path], tmp_path: Path
) -> None:
    dataset, folder = imported
    elsewhere = tmp_path / "elsewhere.jpg"
    shutil.move(folder / "cats/a wide.jpg", elsewhere)
    (folder / "cats/a wide.jpg").symlink_to(elsewhere)
    with pytest.raises(OriginalGoneError):
        read_original(ws, dataset, 0)


def test_a_folder_read_again_elsewhere_is_found_there(
    ws: Workspace, imported: tuple[Dataset, Path], tmp_path: Path, files: dict[str, bytes]
) -> None:
    dataset, folder = imported
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    again = import_dataset(ws, str(moved))
    assert again.id == dataset.id
    assert read_original(ws, again, 0) == files["cats/a wide.jpg"]


def test_originals_are_read_out_of_an_archive(
    ws: Workspace, make_zip: Callable[..., Path], files: dict[str, bytes]
) -> None:
    path = make_zip({f"my pictures/{name}": content for name, content in files.items()})
    dataset = import_dataset(ws, str(path))
    found = original_of(ws, dataset, 1)
    assert found is not None
    assert found.place == f"{path}: my pictures/cats/b upright.JPG"
    assert read_original(ws, dataset, 1) == files["cats/b upright.JPG"]


def packed(
    files: dict[str, bytes], path: Path, classes: Sequence[str] = ("cats", "cats", "dogs")
) -> Path:
    """The files in one of the kinds that are uploaded, by its ending."""
    if path.suffix == ".parquet":
        arrow = pytest.importorskip("pyarrow")
        cells = [{"bytes": content, "path": name} for name, content in files.items()]
        table = arrow.table({"image": cells, "label": list(classes)})
        pytest.importorskip("pyarrow.parquet").write_table(table, path)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as tar:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return path


class Told:
    """Keeps what would be read beside a bar."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def task(self, description: str, total: int | None = None) -> AbstractContextManager[Task]:
        self.titles.append(description)
        return SILENT.task(description, total)


KINDS = ("zip", "tar", "tgz", "parquet")


@pytest.mark.parametrize("kind", KINDS)
def test_an_upload_is_kept_as_it_came(
    ws: Workspace, tmp_path: Path, files: dict[str, bytes], kind: str
) -> None:
    path = packed(files, tmp_path / f"staged.{kind}")
    told = Told()
    dataset = import_upload(ws, path, f"my pictures.{kind}", told)
    assert not [title for title in told.titles if "staged" in title]
    assert kind == "parquet" or f"Reading images of my pictures.{kind}" in told.titles
    path.unlink()
    for number, (name, content) in enumerate(files.items()):
        found = original_of(ws, dataset, number)
        assert found is not None
        assert (found.path, found.place) == (name, None)
        assert read_original(ws, dataset, number) == content
    assert KeptOriginals(ws, dataset).folder is None


@pytest.mark.parametrize("kind", KINDS)
def test_several_readers_of_an_upload_do_not_disturb_each_other(
    ws: Workspace, tmp_path: Path, files: dict[str, bytes], kind: str
) -> None:
    dataset = import_upload(ws, packed(files, tmp_path / f"staged.{kind}"), f"a.{kind}")
    with ThreadPoolExecutor(8) as readers:
        read = list(readers.map(lambda n: read_original(ws, dataset, n % 3), range(120)))
    assert read == [*files.values()] * 40


def test_originals_are_read_out_of_a_parquet_file(
    ws: Workspace, tmp_path: Path, files: dict[str, bytes]
) -> None:
    path = packed(files, tmp_path / "mine.parquet")
    dataset = import_dataset(ws, str(path))
    found = original_of(ws, dataset, 1)
    assert found is not None
    assert found.place == f"{path}: cats/b upright.JPG"
    assert read_original(ws, dataset, 1) == files["cats/b upright.JPG"]
    path.unlink()
    with pytest.raises(OriginalGoneError):
        read_original(ws, dataset, 1)


def test_an_image_in_a_parquet_file_ends_as_its_content_does(
    ws: Workspace, tmp_path: Path, files: dict[str, bytes]
) -> None:
    names = ("no ending", "..\\evil.sh", "a.png/../../b")
    renamed = dict(zip(names, files.values(), strict=True))
    dataset = import_dataset(ws, str(packed(renamed, tmp_path / "mine.parquet")))
    endings = [Path(KeptOriginals(ws, dataset).path(number)).suffix for number in range(3)]
    assert endings == [".jpg", ".jpg", ".tif"]


def test_small_images_of_one_size_are_shown_as_they_are(
    ws: Workspace, make_folder: Callable[..., Path], png: Callable[..., bytes]
) -> None:
    folder = make_folder({f"{n % 2}/{n}.png": png(size=(28, 28), colour=n) for n in range(4)})
    dataset = import_dataset(ws, str(folder))
    assert not has_renditions(dataset)
    assert image_file(ws, dataset, 0).media_type == "image/png"
    assert read_original(ws, dataset, 0) == (folder / "0/0.png").read_bytes()


def test_blobs_are_the_byte_strings_they_were_made_of() -> None:
    blobs = Blobs.of([b"one", b"", b"three"])
    assert list(blobs) == [b"one", b"", b"three"]
    with pytest.raises(ValueError, match="8 bytes, but lengths of 7"):
        Blobs(blobs.data, np.array([3, 0, 4]))


@pytest.fixture
def deep(ws: Workspace, make_folder: Callable[..., Path]) -> Dataset:
    """Pictures of 16 bits that hold 800 to 1,200 of 65,535: a brightness of their own each."""
    entries = {}
    for number in range(12):
        values = np.linspace(800, 1000 + 18 * number, 120 * 300).reshape(120, 300)
        file = io.BytesIO()
        kind = "TIFF" if number % 2 else "PNG"
        Image.fromarray(values.astype(np.uint16)).save(file, kind)
        entries[f"{number:02}.{kind.lower()}"] = file.getvalue()
    return import_dataset(ws, str(make_folder(entries)))


def brightness(content: bytes) -> int:
    """The lightest of what a file shows."""
    return int(np.asarray(Image.open(io.BytesIO(content)).convert("L")).max())


def test_pictures_of_16_bits_are_seen_on_the_scale_of_the_whole_set(
    ws: Workspace, deep: Dataset
) -> None:
    shown = [image_file(ws, deep, number).data for number in range(12)]
    assert {Image.open(io.BytesIO(file)).size for file in shown} == {(256, 102)}
    lightest = [brightness(file) for file in shown]
    assert lightest == sorted(lightest)
    assert lightest[0] < 150
    assert lightest[-1] > 245


def test_the_original_of_16_bits_is_shown_on_that_scale_too(ws: Workspace, deep: Dataset) -> None:
    for number in (0, 1, 10, 11):
        content = original_for_browser(ws, deep, number)
        picture = Image.open(io.BytesIO(content.data))
        assert (content.media_type, picture.size) == ("image/png", (300, 120))
        shown = brightness(image_file(ws, deep, number).data)
        assert abs(brightness(content.data) - shown) < 12


def test_other_originals_of_that_set_are_sent_as_they_are(
    ws: Workspace, make_folder: Callable[..., Path]
) -> None:
    file = io.BytesIO()
    Image.fromarray(np.linspace(0, 3000, 6000).reshape(60, 100).astype(np.uint16)).save(file, "PNG")
    plain = photo(120, 90, 20, "PNG")
    folder = make_folder({"a.png": file.getvalue(), "b.png": plain, "c.jpg": photo(120, 90, 10)})
    dataset = import_dataset(ws, str(folder))
    assert original_for_browser(ws, dataset, 1).data == plain
    assert original_for_browser(ws, dataset, 0).data != file.getvalue()
