"""Whatever happens to the bytes of a file: it loads, or it is refused with an InputError."""

import contextlib
import gzip
import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labeler.datasets import load_dataset
from labeler.datasets.listings.annotations import read_annotations
from labeler.exceptions import InputError
from labeler.imaging.images import decode_image

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 6, 6), dtype=np.uint8)


def written(writer: Callable[..., object], *args: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    writer(file, *args, **options)
    return file.getvalue()


def image(file_format: str) -> bytes:
    return written(Image.fromarray(np.stack([PIXELS[0]] * 3, 2)).save, format=file_format)


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in ("cat/1.png", "dog/2.png"):
            target.writestr(name, image("PNG"))
    return file.getvalue()


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as target:
        for name in ("cat/1.png", f"dog/{'x' * 120}.png"):
            entry = tarfile.TarInfo(name)
            entry.size = len(image("PNG"))
            target.addfile(entry, io.BytesIO(image("PNG")))
    return file.getvalue()


def listed() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as target:
        target.writestr("a.png", image("PNG"))
        target.writestr("train.csv", "\ufeffimage;label\na;cat\nb;'dog\n")
        target.writestr("metadata.jsonl", '{"file_name": "a.png", "label": "cat"}\n')
    return file.getvalue()


IDX = b"\0\0\x08\x03\0\0\0\x03\0\0\0\x06\0\0\0\x06" + PIXELS.tobytes()
CSV = b'label,pixel1,pixel2,pixel3,pixel4\ncat,0,1,2,3\n"dog",4,5,6,7\n,8,9,10,11\n'
FILES = {
    "a.idx": IDX,
    "a.idx.gz": gzip.compress(IDX, mtime=0),
    "a.csv": CSV,
    "a.csv.gz": gzip.compress(CSV, mtime=0),
    "a.tsv": b"5\t0,5\t1,0\t0\t0,25\n\n3\t0,5\t1e-1\t0\t1\n",
    "a.npy": written(np.save, PIXELS),
    "a.npz": written(np.savez_compressed, images=PIXELS, labels=np.array([0, 1, 2])),
    "a.zip": archive(),
    "listed.zip": listed(),
    "a.tar": tar(),
    "a.tgz": gzip.compress(tar(), mtime=0),
}
TASK = {
    "data": {"image": "/data/local-files/?d=a.png"},
    "annotations": [{"result": [{"type": "choices", "value": {"choices": ["cat"]}}]}],
}
ANNOTATIONS = {
    "labels.json": b'{"classes": ["dog", "cat"], "labels": {"a": 1, "b": {"label": 0}, "c": null}}',
    "tasks.json": json.dumps([TASK]).encode(),
    "a.xml": b'<a><image name="a.png"><tag label="cat" source="auto"/></image></a>',
}
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "AVIF")


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """A few bytes changed, a piece cut out or doubled, or the end cut off."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(0, 4))):
        changed[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    start = draw(st.integers(0, len(data)))
    stop = draw(st.integers(start, min(len(data), start + 8)))
    piece = bytes(changed[start:stop]) * draw(st.sampled_from([0, 1, 1, 2]))
    end = draw(st.one_of(st.just(len(data)), st.integers(stop, len(data))))
    return bytes(changed[:start]) + piece + bytes(changed[stop:end])


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_loads_or_is_refused(name: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data.draw(damaged(FILES[name])))
        with contextlib.suppress(InputError):
            load_dataset(str(path))


@pytest.mark.parametrize("name", ANNOTATIONS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_annotations_are_read_refused_or_passed_over(
    name: str, data: st.DataObject
) -> None:
    content = data.draw(damaged(ANNOTATIONS[name]))
    with contextlib.suppress(InputError):
        table = read_annotations(content, "a", is_xml=name.endswith(".xml"))
        assert table is None or all(len(cells) == 4 for _, cells in table.rows)


@pytest.mark.parametrize("file_format", FORMATS)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_image_decodes_or_is_refused(file_format: str, data: st.DataObject) -> None:
    with contextlib.suppress(InputError):
        decoded = decode_image(data.draw(damaged(image(file_format))), "a")
        assert decoded.pixels.dtype == np.uint8


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_no_image(data: bytes) -> None:
    with pytest.raises(InputError):
        decode_image(data, "a")
