"""Bad files through the upload form: one clear message on the page, and nothing left behind."""

import gc
import gzip
import html
import io
import os
import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image, PngImagePlugin

from labeler.datasets import limits
from labeler.jobs.worker import Worker
from labeler.storage import jobs as job_rows
from labeler.storage.folder.uploads import FILE_SECONDS, sweep_uploads
from labeler.web import WebSettings, create_app
from labeler.workflow import datasets, runs
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.workspace import Workspace
from tests.datasets import test_archive as archives
from tests.datasets.test_csv import HEADER
from tests.datasets.test_npz import IMAGES, LABELS, header, npy
from tests.web.conftest import ON_SQLITE, logged_in

Make = Callable[[SimpleNamespace], bytes]


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def zipped_with(entry: zipfile.ZipInfo, data: bytes, good: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("good.png", good)
        archive.writestr(entry, data)
    return file.getvalue()


def arrays(**named: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **named)
    return file.getvalue()


def entries(**named: bytes) -> bytes:
    return zipped({f"{name}.npy": data for name, data in named.items()})


def encrypted(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[changed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def overlapping(data: bytes) -> bytes:
    changed = bytearray(data)
    second = changed.index(b"PK\x01\x02", changed.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", changed, second + 42, 0)
    return bytes(changed)


def png_with_text(size: int) -> bytes:
    info, file = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_text("a", "x" * size)
    Image.new("L", (4, 4)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def beside(rows: str) -> Make:
    """A list of files, in an archive with one of them."""
    listing = f"file_name,label\n{rows}".encode()
    return lambda make: zipped({"labels.csv": listing, "a.png": make.png(), "b.png": make.png()})


def alone(content: bytes | str) -> Make:
    data = content.encode() if isinstance(content, str) else content
    return lambda make: data


def image(content: bytes) -> Make:
    return lambda make: zipped({"good.png": make.png(), "bad.png": content})


IDX, CSV, NPZ, ZIP = "a-images-idx3-ubyte", "table.csv", "set.npz", "set.zip"
PACKED = f"{IDX}.gz"

ROWS: list[tuple[str, str, Make]] = [
    ("IDX-1", IDX, alone(b"\0\0\x08\x03\0\0\0\x05\0")),
    ("IDX-2", IDX, alone(b"<!DOCTYPE html><html>")),
    ("IDX-2", IDX, alone(b"\x89PNG\r\n\x1a\n")),
    ("IDX-3", IDX, alone(b"\0\0\x0d\x03" + bytes(20))),
    ("IDX-4", IDX, alone(b"\0\0\x08\x01\0\0\0\x03abc")),
    ("IDX-4", IDX, alone(b"\0\0\x08\x05" + bytes(20))),
    ("IDX-5", IDX, lambda make: make.idx(2**31 - 1, 28, 28, n_bytes=2352)),
    ("IDX-5", IDX, lambda make: make.idx(65_536, 256, 256, n_bytes=0)),
    ("IDX-6", IDX, lambda make: make.idx(3, 0, 28, n_bytes=0)),
    ("IDX-7", IDX, lambda make: make.idx(5, 4, 3, n_bytes=59)),
    ("IDX-7", IDX, lambda make: make.idx(5, 4, 3, n_bytes=76)),
    (
        "IDX-8",
        ZIP,
        lambda make: zipped(
            {
                "train-images-idx3-ubyte": make.idx(6, 4, 3),
                "train-labels-idx1-ubyte": make.idx(5),
            }
        ),
    ),
    ("IDX-9", PACKED, lambda make: gzip.compress(make.idx(5, 28, 28))[:-9]),
    ("IDX-9", PACKED, lambda make: gzip.compress(gzip.compress(make.idx(5, 4, 3)))),
    ("CSV-1", CSV, alone(HEADER)),
    ("CSV-1", CSV, alone(HEADER.encode("utf-16"))),
    ("CSV-1", CSV, alone(HEADER.encode() + b"\x91,0,1,2,3\n")),
    ("CSV-1", CSV, alone(HEADER + "1,0,\0,2,3\n")),
    ("CSV-2", CSV, alone(HEADER + "1;0;1;2;3\n")),
    ("CSV-2", CSV, alone(HEADER + '"cat,0,1,2,3\n')),
    ("CSV-2", CSV, alone(HEADER + '"' + "a" * 140_000 + '",0,1,2,3\n')),
    ("CSV-3", CSV, alone(HEADER + "1,0,1,2\n")),
    ("CSV-3", CSV, alone(HEADER.replace("pixel3", "pixel2") + "1,0,1,2,3\n")),
    *[
        ("CSV-4", CSV, alone(HEADER + f"1,0,{one},2,3\n"))
        for one in ("nan", "1e400", "1_0", "１２")
    ],
    ("CSV-5", CSV, alone("label,pixel1,pixel2,pixel3\n1,0,1,2\n")),
    ("CSV-6", CSV, alone(HEADER + "a\u202eb,0,1,2,3\n")),
    ("CSV-6", CSV, alone(HEADER + "a" * 10_000 + ",0,1,2,3\n")),
    ("CSV-7", ZIP, beside("../a.png,cat")),
    ("NPZ-1", NPZ, alone(entries(images=npy(IMAGES), labels=npy(np.array([{}], dtype=object))))),
    ("NPZ-2", NPZ, alone(entries(images=header("(1500000000, 28, 40)") + bytes(100)))),
    ("NPZ-2", NPZ, alone(entries(images=header("(-2, 5, 5)") + bytes(50)))),
    ("NPZ-3", NPZ, alone(arrays(images=np.zeros((2, 4, 4), np.complex64)))),
    ("NPZ-3", NPZ, alone(arrays(images=np.full((2, 4, 4), np.nan)))),
    ("NPZ-4", NPZ, alone(arrays(images=np.zeros((3, 28, 28, 600), np.uint8)))),
    ("NPZ-4", "set.npy", alone(npy(np.zeros(7, np.uint8)))),
    ("NPZ-5", NPZ, alone(arrays(first=IMAGES, second=IMAGES))),
    ("NPZ-5", NPZ, alone(arrays(images=IMAGES, labels=LABELS[:3]))),
    ("NPZ-6", NPZ, alone(arrays(images=IMAGES)[:-30])),
    ("NPZ-6", NPZ, alone(encrypted(arrays(images=IMAGES)))),
    ("NPZ-6", NPZ, alone(zipped({"readme.txt": b"hello"}))),
    *[
        ("ZIP-1", ZIP, lambda make, harm=harm: harm(zipped({"a.png": make.png()}, 0)))
        for harm in (
            lambda _: b"this is text",
            archives.cut,
            archives.without_directory,
            archives.with_prefix,
            archives.with_wrong_bytes,
            archives.with_zip64_nonsense,
            archives.with_lying_size,
        )
    ],
    ("ZIP-2", ZIP, lambda make: zipped({f"{i}.png": b"" for i in range(21)})),
    ("ZIP-2", ZIP, lambda make: zipped({"a.png": bytes(5_000_001)})),
    ("ZIP-2", ZIP, lambda make: overlapping(zipped({"a.png": make.png(), "b.png": make.png()}))),
    *[
        ("ZIP-3", ZIP, lambda make, name=name: zipped({"ok.png": make.png(), name: make.png()}))
        for name in ("../evil.png", "/etc/evil.png", "C:evil.png")
    ],
    (
        "ZIP-4",
        ZIP,
        lambda make: zipped_with(archives.info("l.png", mode=0o020666), b"/etc", make.png()),
    ),
    ("ZIP-4", ZIP, lambda make: encrypted(zipped({"a.png": make.png()}))),
    ("ZIP-5", ZIP, lambda make: zipped({"A.png": make.png(), "a.png": make.png()})),
    ("ZIP-6", ZIP, alone(zipped({"readme.txt": b"hello", "__MACOSX/a.png": b"x"}))),
    ("IMG-1", ZIP, image(b"just text")),
    ("IMG-1", ZIP, image(b'<?xml version="1.0"?><svg xmlns=""/>')),
    ("IMG-1", ZIP, image(b"%PDF-1.7")),
    ("IMG-2", ZIP, lambda make: zipped({"a.png": make.png(), "b.png": make.png()[:-14]})),
    ("IMG-3", ZIP, lambda make: zipped({"a.png": make.png((13_000, 13_000), mode="1")})),
    ("IMG-4", ZIP, image(png_with_text(1_100_000))),
    ("UP-1", ZIP, alone(b"")),
    ("UP-2", "photo.heic", alone(b"whatever")),
    ("UP-2", "model.keras", alone(b"PK\x03\x04")),
]
"""The code that the page is to show, what the user calls the file, and its bytes."""


@pytest.fixture
def make(idx: Callable[..., bytes], png: Callable[..., bytes]) -> SimpleNamespace:
    """Builders of files."""
    return SimpleNamespace(idx=idx, png=png)


@pytest.fixture
def limits_within_reach(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the rows about bombs, limits that small files exceed."""
    if request.node.callspec.params["code"] == "ZIP-2":
        monkeypatch.setattr(limits, "MAX_ENTRIES", 20)
        monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 5_000_000)


def upload(client: FlaskClient, name: str, content: bytes, **more: Any) -> Any:
    form = {"dataset": "upload", "file": (io.BytesIO(content), name), **more}
    return client.post("/runs/new", data=form)


def page_after(client: FlaskClient, ws: Workspace, reply: Any) -> str:
    """What the user reads in the end: the form once more, or the page of the job."""
    if reply.status_code == 303:
        worker = Worker(ws.database, HANDLERS)
        while worker.run_one():
            pass
        return client.get(reply.headers["Location"], follow_redirects=True).get_data(as_text=True)
    assert 400 <= reply.status_code < 500
    return str(reply.get_data(as_text=True))


def messages(page: str) -> list[str]:
    found = re.findall(r'<p class="note error"[^>]*>(.*?)</p>', page, re.DOTALL)
    return [html.unescape(one).strip() for one in found]


def staged(ws: Workspace) -> list[Path]:
    return list(ws.uploads.iterdir()) if ws.uploads.is_dir() else []


@ON_SQLITE
@pytest.mark.usefixtures("limits_within_reach")
@pytest.mark.parametrize(("code", "name", "build"), ROWS, ids=[row[0] for row in ROWS])
def test_a_bad_file_is_refused_on_the_page_and_leaves_nothing(
    client: FlaskClient, ws: Workspace, make: SimpleNamespace, code: str, name: str, build: Make
) -> None:
    page = page_after(client, ws, upload(client, name, build(make)))
    told = messages(page)
    assert len(told) == 1
    assert told[0].endswith(f"[{code}]"), told[0]
    assert name in told[0], "the file is called what its owner calls it"
    assert str(ws.instance) not in page
    assert staged(ws) == []
    assert not datasets.list_datasets(ws)
    assert not runs.list_runs(ws)


def test_every_code_of_the_readers_is_shown_by_some_row() -> None:
    """What only folders can have is tried below; what a file must be cut for, likewise."""
    package = Path(datasets.__file__).parent.parent
    readers = [*(package / "datasets").glob("*.py"), package / "imaging" / "images.py"]
    known = {
        code
        for file in readers
        for code in re.findall(r'"((?:IDX|CSV|NPZ|ZIP|IMG)-\d)"', file.read_text("utf-8"))
    }
    assert known
    assert known <= {row[0] for row in ROWS}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An allowed data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def rooted(ws: Workspace, root: Path) -> FlaskClient:
    return logged_in(create_app(ws, WebSettings(secret_key=b"k" * 32, data_roots=(root,))))


def told_of_folder(client: FlaskClient, ws: Workspace, folder: Path) -> list[str]:
    reply = client.post("/runs/new", data={"dataset": "path", "path": str(folder)})
    return messages(page_after(client, ws, reply))


def test_a_bad_folder_is_refused_on_the_page(
    rooted: FlaskClient, ws: Workspace, root: Path, png: Callable[..., bytes]
) -> None:
    (root / "empty").mkdir()
    os.mkfifo(root / "pipe.csv")
    for part, name in (("train", "Cat"), ("test", "cat")):
        (root / "case" / part / name).mkdir(parents=True)
        (root / "case" / part / name / "1.png").write_bytes(png())
    (root / "secret").symlink_to("/etc")
    for name, code in (
        ("empty", "DIR-1"),
        ("gone", "DIR-1"),
        ("secret", "DIR-1"),
        ("pipe.csv", "DIR-2"),
        ("case", "DIR-4"),
    ):
        told = told_of_folder(rooted, ws, root / name)
        assert len(told) == 1
        assert told[0].endswith(f"[{code}]"), told[0]
    assert not datasets.list_datasets(ws)


def test_a_file_that_vanishes_before_it_is_read_is_refused_on_the_page(
    rooted: FlaskClient, ws: Workspace, root: Path
) -> None:
    (root / "set.npy").write_bytes(npy(IMAGES))
    reply = rooted.post("/runs/new", data={"dataset": "path", "path": str(root / "set.npy")})
    (root / "set.npy").unlink()
    assert len(messages(page_after(rooted, ws, reply))) == 1
    assert not datasets.list_datasets(ws)


GOOD = arrays(images=np.concatenate([IMAGES] * 6), labels=np.concatenate([LABELS] * 6))


def test_a_good_file_leads_to_its_questions_and_is_not_kept_twice(
    client: FlaskClient, ws: Workspace
) -> None:
    for _ in range(2):
        page = page_after(client, ws, upload(client, NPZ, GOOD, budget="3"))
        assert "this answer labels" in page
        assert staged(ws) == []
    assert len(datasets.list_datasets(ws)) == 1
    assert len(runs.list_runs(ws)) == 2


def test_two_imports_at_once_do_not_disturb_each_other(client: FlaskClient, ws: Workspace) -> None:
    first = upload(client, NPZ, GOOD, budget="3")
    second = upload(client, CSV, (HEADER + "1,0,nan,2,3\n").encode())
    assert "this answer labels" in page_after(client, ws, first)
    assert messages(page_after(client, ws, second))[0].endswith("[CSV-4]")
    assert staged(ws) == []


def test_a_polyglot_with_script_becomes_pixels_and_its_name_text(
    client: FlaskClient, ws: Workspace, png: Callable[..., bytes]
) -> None:
    script = b"<script>alert(1)</script>"
    entries = {
        f"<img src=x onerror=alert(1)>/{number}.png": png(colour=number) + script
        for number in range(9)
    } | {f"plain/{number}.png": png(colour=200 + number) for number in range(9)}
    name = "<img src=x onerror=alert(1)>.zip"
    page = page_after(client, ws, upload(client, name, zipped(entries), budget="3"))
    assert "this answer labels" in page
    assert "<img src=x" not in page
    dataset = datasets.list_datasets(ws)[0]
    served = client.get(f"/images/{dataset.id}/0.png")
    assert served.headers["Content-Type"] == "image/png"
    assert b"script" not in served.data
    original = client.get(f"/images/{dataset.id}/0/original")
    assert original.headers["Content-Type"] == "image/png"
    assert original.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert original.headers["X-Content-Type-Options"] == "nosniff"
    unchanged = {"If-None-Match": original.headers["ETag"]}
    assert client.get(f"/images/{dataset.id}/0/original", headers=unchanged).status_code == 304


def test_images_of_every_mode_are_converted_and_the_report_says_so(
    client: FlaskClient, ws: Workspace, png: Callable[..., bytes]
) -> None:
    entries = {
        f"{place}/{number}.{kind.lower()}": png(mode=mode, colour=colour, file_format=kind)
        for number in range(4)
        for place, (mode, colour, kind) in enumerate(
            [("CMYK", (0, number, 99, 0), "JPEG"), ("P", number, "PNG"), ("I;16", number, "PNG")]
        )
    }
    page = page_after(client, ws, upload(client, ZIP, zipped(entries), budget="3"))
    assert "this answer labels" in page
    notes = runs.get_run(ws, runs.list_runs(ws)[0].run.id).notes
    assert any("converted from CMYK" in note for note in notes)


def test_more_than_is_taken_is_a_413_that_leaves_nothing(ws: Workspace) -> None:
    settings = WebSettings(secret_key=b"k" * 32, max_upload_bytes=1000)
    client = logged_in(create_app(ws, settings))
    reply = client.post(
        "/runs/new", data=bytes(2_000_000), content_type="multipart/form-data; boundary=b"
    )
    assert reply.status_code == 413
    assert "Too large" in reply.get_data(as_text=True)
    assert staged(ws) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_upload_cut_on_its_way_leaves_nothing(client: FlaskClient, ws: Workspace) -> None:
    """Werkzeug lets go of its own temporary file when the form is torn."""
    boundary = b"--b\r\nContent-Disposition: form-data; name="
    body = boundary + b'"dataset"\r\n\r\nupload\r\n'
    body += boundary + b'"file"; filename="a.npz"\r\n\r\n' + GOOD[:100]
    torn = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + 10_000)}
    reply = client.post(
        "/runs/new", content_type="multipart/form-data; boundary=b", environ_overrides=torn
    )
    assert reply.status_code == 400
    gc.collect()
    assert staged(ws) == []
    with ws.database.reading() as session:
        assert not job_rows.list_recent(session)


def test_a_file_whose_import_is_stopped_before_it_began_is_removed(
    client: FlaskClient, ws: Workspace
) -> None:
    location = upload(client, NPZ, GOOD).headers["Location"]
    assert len(staged(ws)) == 1
    assert client.post(f"{location}/cancel").status_code == 303
    assert staged(ws) == []


def test_trying_a_failed_upload_again_says_that_the_file_is_gone(
    client: FlaskClient, ws: Workspace
) -> None:
    reply = upload(client, CSV, HEADER.encode())
    assert messages(page_after(client, ws, reply))
    again = client.post(f"{reply.headers['Location']}/retry")
    assert again.status_code == 400
    assert f"{CSV} was not kept; upload it again" in again.get_data(as_text=True)


def test_what_a_killed_server_left_in_staging_is_swept_at_the_next_start(ws: Workspace) -> None:
    ws.uploads.mkdir()
    for name, age in (("old.zip", FILE_SECONDS + 60), ("new.zip", 60)):
        (ws.uploads / name).write_bytes(b"x")
        moment = time.time() - age
        os.utime(ws.uploads / name, (moment, moment))
    assert sweep_uploads(ws.instance) == 1
    assert [one.name for one in staged(ws)] == ["new.zip"]
