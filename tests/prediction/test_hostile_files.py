"""Files that are no models, or only look like one: one line each, nothing run, nothing large."""

import io
import json
import resource
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pytest

from labeler.exceptions import LabelerError
from labeler.prediction.arrays import entry_of
from labeler.prediction.file import read_model

Files = dict[str, bytes]
VECTORS, COEF, TEST = (
    entry_of(name) for name in ("pool.vectors", "classifier.coef", "test.images")
)


def unpacked(path: Path) -> Files:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content)
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def header(shape: str, descr: str = "'<f4'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


class Bomb:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("executed", "w"))


def says(**changes: Any) -> Callable[[Files], Files]:
    """``model.json`` with some of it changed: ``a__b=1`` is ``b`` in ``a``."""

    def change(files: Files) -> Files:
        told = json.loads(files["model.json"])
        for where, value in changes.items():
            place, *names = told, *where.split("__")
            for name in names[:-1]:
                place = place[name]
            place[names[-1]] = value
        return files | {"model.json": json.dumps(told).encode()}

    return change


def holds(name: str, content: bytes, *, told: bool = True) -> Callable[[Files], Files]:
    """Another file in place of an array, which ``model.json`` perhaps knows of."""

    def change(files: Files) -> Files:
        import hashlib

        contents = json.loads(files["model.json"])
        key = name.removeprefix("arrays/").removesuffix(".npy")
        if told:
            contents["arrays"][key]["sha256"] = hashlib.sha256(content).hexdigest()
        return files | {name: content, "model.json": json.dumps(contents).encode()}

    return change


def array(key: str, value: np.ndarray) -> Callable[[Files], Files]:
    """Another array, of which everything is told as it is."""

    def change(files: Files) -> Files:
        changed = holds(entry_of(key), npy(value))(files)
        contents = json.loads(changed["model.json"])
        contents["arrays"][key] |= {"dtype": value.dtype.str, "shape": value.shape}
        return changed | {"model.json": json.dumps(contents).encode()}

    return change


def without(name: str) -> Callable[[Files], Files]:
    return lambda files: {key: value for key, value in files.items() if key != name}


def with_more(name: str, content: bytes = b"x") -> Callable[[Files], Files]:
    return lambda files: {**files, name: content}


def deflated_bomb(files: Files) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, bytes(200_000_000) if name == VECTORS else content)
    return buffer.getvalue()


def twice(files: Files) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in [*files.items(), ("model.jsom", b"{}")]:
            archive.writestr(ZipInfo(name), content)
    return buffer.getvalue().replace(b"model.jsom", b"model.json")


def link(files: Files) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name)
            if name == VECTORS:
                entry.create_system, entry.external_attr, content = (
                    3,
                    0o120777 << 16,
                    b"/etc/passwd",
                )
            archive.writestr(entry, content)
    return buffer.getvalue()


def many_entries(files: Files) -> Files:
    return files | {f"more/{number}": b"" for number in range(400)}


FAR = np.array([10**9], dtype=np.int64)
WRONG: dict[str, Callable[[Files], Files | bytes]] = {
    "nothing": lambda _: b"",
    "text": lambda _: b"hello",
    "a pickle": lambda _: b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.",
    "cut short": lambda files: packed(files)[:-500],
    "cut in half": lambda files: packed(files)[: len(packed(files)) // 2],
    "data before it": lambda files: b"MZ" + packed(files),
    "a bit flipped": lambda files: packed(files)[:3000] + b"\xff" + packed(files)[3001:],
    "an empty archive": lambda _: packed({}),
    "no model.json": without("model.json"),
    "another archive": lambda _: packed({"a.txt": b"x"}),
    "a path out of it": with_more("../../evil.npy"),
    "an absolute path": with_more("/etc/cron.d/evil"),
    "a Windows path": with_more("C:\\evil.npy"),
    "a link": link,
    "a bomb": deflated_bomb,
    "a name twice": twice,
    "too many entries": many_entries,
    "no JSON": lambda files: files | {"model.json": b"\x00\xff{"},
    "deep JSON": lambda files: files | {"model.json": b'{"format":' + b"[" * 100_000},
    "huge JSON": lambda files: files | {"model.json": b" " * 17_000_000},
    "another format": says(format="keras"),
    "a newer version": says(format_version=99),
    "no version": says(format_version=None),
    "a class that a terminal obeys": says(classes=["\x1b[2J", *"bcd"]),
    "a class written backwards": says(classes=["\u202ecba", *"bcd"]),
    "a certificate that a terminal obeys": says(about__certificate="\x1b[2J wiped"),
    "no such label": array("classifier.classes", np.array([-1, 0, 1], dtype=np.int64)),
    "a scale of nothing": says(pictures__numbers=[5.0, 5.0]),
    "a scale without end": says(pictures__scale=[-1e308, 1e308]),
    "no classes": says(classes=[]),
    "classes that are numbers": says(classes=[1, 2, 3]),
    "one class too many": says(classes=list("abcdefgh")),
    "two classes of a name": says(classes=["a", "A", "b", "c"]),
    "huge pictures": says(pictures__height=10**9),
    "negative pictures": says(pictures__width=-1),
    "an unknown classifier": says(head__classifier="os.system"),
    "unknown features": says(features__parts=["__import__('os')"]),
    "features of a file": says(features__parts=["/etc/passwd.npy"]),
    "a network at a path": says(features__parts=["onnx:/etc/x.onnx"]),
    "a network that is gone": says(
        features__parts=["onnx:n.onnx"], features__files={"n.onnx": "0" * 64}
    ),
    "a network file elsewhere": says(features__files={"../../n.onnx": "0" * 64}),
    "huge components": says(features__n_components=10**12),
    "names of other classes": says(known_as={"x": 77}),
    "arrays of odd names": says(arrays={"../x": {"sha256": "0" * 64, "dtype": "<f4", "shape": []}}),
    "no arrays": says(arrays={}),
    "an array missing": without(VECTORS),
    "an array that nobody told of": holds(COEF, npy(np.zeros((2, 2))), told=False),
    "a wrong hash": lambda files: files | {COEF: files[COEF][:-1] + b"\x7f"},
    "objects": holds(COEF, npy(np.array([Bomb()], dtype=object))),
    "a pickle for an array": holds(COEF, b"\x80\x04cos\nsystem\n(S'touch executed'\ntR."),
    "a huge shape": holds(COEF, header("(10**12, 10**6)".replace("**", ""))),
    "a shape of text": holds(COEF, header("'x'")),
    "code in a header": holds(COEF, header("(__import__('os').system('touch executed'),)")),
    "a long header": holds(COEF, b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b" " * 100),
    "numbers that are none": array("classifier.coef", np.full((3, 3), np.nan, dtype="<f4")),
    "another shape": array("classifier.coef", np.zeros((3, 3), dtype="<f4")),
    "texts for numbers": holds(COEF, npy(np.array(["a", "b"]))),
    "classes out of range": array("classifier.classes", FAR),
    "a scale of one": array("classifier.scale", np.ones(1, dtype="<f4")),
    "pictures of another size": array("test.images", np.zeros((5, 3, 3), dtype=np.uint8)),
    "no vectors": array("pool.vectors", np.zeros((0, 4), dtype="<f4")),
    "a large pool, to be cut at once": array("pool.vectors", np.zeros((12_001, 4), dtype="<f4")),
    "labels of other images": array("pool.counted", np.ones(3, dtype=bool)),
}


def test_there_are_enough() -> None:
    assert len(WRONG) >= 40


@pytest.mark.parametrize("name", WRONG)
def test_one_line_and_nothing_is_run(
    name: str, model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = WRONG[name](unpacked(model_file))
    path = tmp_path / "model.zip"
    path.write_bytes(made if isinstance(made, bytes) else packed(made))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    monkeypatch.setattr("labeler.learning.graph._cut", None)
    with pytest.raises(LabelerError) as caught:
        read_model(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700
    assert [file.name for file in tmp_path.iterdir()] == ["model.zip"], "something was written"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300_000 or sys.platform == "darwin", "in kilobytes; a bomb has 200 MB in itself"
