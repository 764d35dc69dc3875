"""The process that decodes images may crash, hang or lie; who asked it goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import labeler.imaging.decoding
from labeler.datasets import load_dataset
from labeler.exceptions import InputError, LabelerError
from labeler.imaging.decoding import Limits, decode_images
from labeler.imaging.images import decode_image
from tests.planted import CHATTER, CRASH, END, HOARD, SLEEP, SPIN, plant

MakeImage = Callable[..., bytes]
QUICK = Limits(cpu_seconds=1, seconds=3)
LINUX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="the limit is set on Linux only")


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path / "planted", monkeypatch)


def refusal(files: list[tuple[str, bytes]], limits: Limits | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        list(decode_images(files, 64, limits))
    return caught.value


def test_images_are_those_that_are_decoded_here(
    png: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labeler.imaging.decoding, "BATCH_IMAGES", 3)
    modes = [("L", 7), ("RGB", (9, 8, 7)), ("RGBA", (9, 8, 7, 6)), ("P", 3), ("1", 1)]
    files = [
        (str(number), png((5 + number, 80 - number), mode, colour))
        for number, (mode, colour) in enumerate(2 * modes)
    ]
    found = list(decode_images(iter(files), 64))
    for (source, data), there in zip(files, found, strict=True):
        here = decode_image(data, source, 64)
        np.testing.assert_array_equal(there.pixels, here.pixels)
        assert (there.size, there.changes) == (here.size, here.changes)


def test_no_image_at_all_is_no_trouble() -> None:
    assert list(decode_images([], 64)) == []


def test_a_refusal_is_told_as_it_was_made(png: MakeImage) -> None:
    bad = png((6, 4))[:-14]
    with pytest.raises(InputError) as here:
        decode_image(bad, "bad.png", 64)
    there = refusal([("good.png", png()), ("bad.png", bad)])
    assert str(there) == str(here.value)
    assert there.code == "IMG-2"


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    ("word", "said"),
    [
        (CRASH, "the decoder crashed (SIGSEGV)"),
        (END, "the decoder crashed (status 0x3)"),
        (SPIN, "decoding did not end"),
        (SLEEP, "decoding did not end"),
    ],
)
def test_a_decoder_that_breaks_is_an_image_refused(png: MakeImage, word: bytes, said: str) -> None:
    files = [("good.png", png()), ("bad.png", png() + word), ("late.png", png())]
    error = refusal(files, QUICK)
    assert (error.code, error.source) == ("IMG-5", "bad.png")
    assert error.found == f"could not be decoded safely: {said}"
    assert len(list(decode_images([files[0], files[2]], 64))) == 2


@pytest.mark.usefixtures("planted")
def test_where_the_system_has_no_clocks_ours_ends_a_hang(
    png: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labeler.imaging.decoding, "_GRACE_SECONDS", -2.0)  # before the child's own
    error = refusal([("bad.png", png() + SLEEP)], QUICK)
    assert error.code == "IMG-5"
    assert "did not end" in error.found


@LINUX
@pytest.mark.usefixtures("planted")
def test_an_image_that_needs_too_much_memory_is_refused(png: MakeImage) -> None:
    error = refusal([("bad.png", png() + HOARD)])
    assert (error.code, error.found) == ("IMG-3", "decoding ran out of memory")


@pytest.mark.usefixtures("planted")
def test_a_decoder_that_prints_does_no_harm(png: MakeImage) -> None:
    assert len(list(decode_images([("a.png", png() + CHATTER), ("b.png", png())], 64))) == 2


@pytest.mark.parametrize(
    "words",
    [
        b"nonsense",
        b"[]",
        json.dumps({"shape": [100_000, 100_000], "size": [1, 1], "changes": []}).encode(),
        json.dumps({"shape": [2, 3], "size": [2, 3], "changes": []}).encode(),
        json.dumps({"shape": [2, 2, 1], "size": [2, 2], "changes": []}).encode(),
        json.dumps({"shape": [2, 2], "changes": []}).encode(),
        json.dumps({"refused": ["IMG-1"]}).encode(),
    ],
)
def test_what_a_child_says_is_not_taken_on_trust(words: bytes) -> None:
    assert labeler.imaging.decoding.parse_reply((words, b"four"), "a.png", 64) is None


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("make", ["make_zip", "make_folder"])
def test_a_data_set_with_such_an_image_is_refused_whole(
    png: MakeImage, make: str, request: pytest.FixtureRequest
) -> None:
    files = {"cat/1.png": png(), "cat/2.png": png() + CRASH, "dog/1.png": png()}
    with pytest.raises(InputError, match=r"2\.png.* could not be decoded safely.*\[IMG-5\]"):
        load_dataset(str(request.getfixturevalue(make)(files)))


def test_a_child_that_cannot_start_is_no_image_refused(
    png: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labeler.imaging.decoding, "_CHILD", "labeler.imaging.decoding.missing")
    with pytest.raises(LabelerError, match="could not be started: .*No module named"):
        list(decode_images([("a.png", png())], 64))


PARENT = """
import sys, time
from pathlib import Path
from labeler.imaging.decoding import decode_images

images = decode_images([("a", Path(sys.argv[1]).read_bytes())] * 2, 64)
next(images)
print("decoding", flush=True)
time.sleep(600)
"""


@LINUX
def test_the_child_ends_when_its_parent_is_killed(png: MakeImage, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    arguments = [sys.executable, "-c", PARENT, str(tmp_path / "a.png")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "decoding\n"
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text("ascii")
        (child,) = map(int, children.split())
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False


@LINUX
def test_a_png_of_48_megapixels_is_decoded_within_the_limit(png: MakeImage) -> None:
    (decoded,) = decode_images([("a", png((8000, 6000), "RGB", (9, 8, 7)))], 64)
    assert (decoded.size, decoded.pixels.shape) == ((6000, 8000), (48, 64, 3))
    assert (decoded.pixels == (9, 8, 7)).all()
