"""The process that decodes images may crash, hang or lie; who asked it goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads
from typing import Any

import numpy as np
import pytest

import labeler.imaging.decoding
from labeler.datasets import load_dataset
from labeler.exceptions import InputError, LabelerError
from labeler.imaging.decoding import Limits, crew, decode_each, decode_images, process
from labeler.imaging.decoding.replies import parse_reply
from labeler.imaging.images import DecodedImage, decode_image
from labeler.sandbox.children import Child, start_python
from tests.planted import CHATTER, CRASH, END, HOARD, SLEEP, SPIN, plant

MakeImage = Callable[..., bytes]
QUICK = Limits(cpu_seconds=1, seconds=3)
LINUX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="the limit is set on Linux only")


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path / "planted", monkeypatch)


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three children, and little for each at a time."""
    monkeypatch.setattr(crew, "_count_cores", lambda: 3)
    monkeypatch.setattr(labeler.imaging.decoding, "BATCH_IMAGES", 2)


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


def test_several_children_keep_the_order(png: MakeImage, several: None) -> None:
    files = [(str(number), png((5 + number, 9))) for number in range(40)]
    told = []
    outcomes = decode_each(files, 64, on_decoded=lambda place, _: told.append(place))
    assert [image.size for image in outcomes if isinstance(image, DecodedImage)] == [
        (9, 5 + number) for number in range(40)
    ]
    assert sorted(told) == list(range(40))


@pytest.mark.usefixtures("planted")
def test_one_that_hangs_is_refused_and_keeps_nobody_else(png: MakeImage, several: None) -> None:
    files = [(str(n), png() + (SLEEP if n in (4, 17) else b"")) for n in range(20)]
    told = []
    outcomes = list(decode_each(files, 64, QUICK, on_decoded=lambda place, _: told.append(place)))
    refused = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, InputError)]
    assert refused == [4, 17]
    assert told[-1] in (4, 5, 17)  # what lies behind it in its batch, at most, had to wait


@pytest.mark.usefixtures("planted")
def test_closed_early_nothing_is_left_behind(png: MakeImage, several: None) -> None:
    """However long a child would still hang."""
    files = [("good.png", png()), *(("bad.png", png() + SLEEP) for _ in range(9))]
    outcomes = decode_each(files, 64)
    next(outcomes)
    assert decoding_threads()
    outcomes.close()
    assert not decoding_threads()


@pytest.mark.usefixtures("planted")
def test_an_error_of_who_reads_the_files_ends_the_children(png: MakeImage, several: None) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield from [("a.png", png() + SLEEP)] * 3
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(decode_each(files(), 64))
    assert not decoding_threads()


@pytest.mark.parametrize(("n_files", "n_started"), [(0, 0), (2, 1), (3, 2), (40, 3)])
def test_a_child_is_started_for_a_batch_that_would_have_to_wait(
    png: MakeImage, several: None, monkeypatch: pytest.MonkeyPatch, n_files: int, n_started: int
) -> None:
    started = []

    def start(*arguments: Any, **options: Any) -> Child:
        started.append(arguments)
        return start_python(*arguments, **options)

    monkeypatch.setattr(process, "start_python", start)
    assert len(list(decode_images([("a.png", png())] * n_files, 64))) == n_files
    assert len(started) <= n_started


def test_what_is_known_already_passes_in_its_place(png: MakeImage) -> None:
    known = decode_image(png((7, 7)), "known", 64)
    refused = InputError("DIR-1", "bad", found="f", expected="e", remedy="r")
    files: list[tuple[str, Any]] = [("a", png((5, 5))), ("b", known), ("c", refused)]
    told = []
    first, *others = decode_each(
        [*files, files[0]], 64, on_decoded=lambda place, _: told.append(place)
    )
    assert isinstance(first, DecodedImage)
    assert first.size == (5, 5)
    assert others[:2] == [known, refused]
    assert told == [0, 3]


def decoding_threads() -> list[Thread]:
    return [thread for thread in enumerate_threads() if thread.name in ("decoding", "watch")]


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
    monkeypatch.setattr(
        labeler.imaging.decoding.process, "_GRACE_SECONDS", -2.0
    )  # before the child's own
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
    assert parse_reply((words, b"four"), "a.png", 64) is None


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
    monkeypatch.setattr(
        labeler.imaging.decoding.process, "_CHILD", "labeler.imaging.decoding.missing"
    )
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
        children = [  # those of each thread
            int(word)
            for task in Path(f"/proc/{parent.pid}/task").iterdir()
            for word in (task / "children").read_text("ascii").split()
        ]
        os.kill(parent.pid, signal.SIGKILL)
    (child,) = children
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
