"""Photographs of 12 megapixels: from a folder to the first question, after a kill, and with more.

They are made here: two photographs that come with scikit-learn, enlarged, turned and lit in some
ways, each file with a comment of its own, so that no two have the same content. Beside them stands
what two processes of plain Pillow take to decode the same files to 256 pixels, in the same run.
Memory is that of the importer and its children together, disk that of the instance.

    python benchmarks/photographs.py [--n 2000] [--killed-at 0.5] [--folder DIR]

Linux only. A photograph takes about 3 MB of the folder.
"""

import argparse
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from PIL import Image, ImageEnhance
from sklearn.datasets import load_sample_image

SIZE = (4000, 3000)
N_BODIES = 24
SIDE = 256
PROCESSES = 2
N_MORE = 100
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Made:
    """One command: its seconds, and the most memory while it had children and in all."""

    seconds: float
    reading_bytes: int
    memory_bytes: int


def main() -> None:
    """Make the photographs, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--killed-at", type=float, default=0.5, help="share of the whole")
    parser.add_argument("--folder", type=Path, help="where the photographs are made, and stay")
    options = parser.parse_args()
    with work_folder(options.folder) as folder:
        photographs = folder / f"photographs-{options.n}"
        make_photographs(photographs, options.n)
        measure(photographs, folder, options.n, options.killed_at)


def measure(photographs: Path, folder: Path, n: int, killed_at: float) -> None:
    """Print a line for each figure; those of time as shares of one another."""
    plain = decode_plainly(photographs)
    whole = make_run(photographs, folder / "whole")
    print(f"{n:,} photographs, plain Pillow in {PROCESSES} processes: {plain:.1f} s")
    print(
        f"folder to first question: {whole.seconds:.1f} s; "
        f"at most 1.15 × plain and 20 s: {1.15 * plain + 20:.1f} s"
    )
    print(
        f"importer and children together: {whole.reading_bytes / 1e6:.0f} MB; "
        f"later, for features: {whole.memory_bytes / 1e6:.0f} MB"
    )
    print(f"instance: {disk_bytes(folder / 'whole') / n / 1000:.1f} kB an image")
    kill_run(photographs, folder / "killed", killed_at * whole.seconds)
    rest = make_run(photographs, folder / "killed")
    share = rest.seconds / whole.seconds
    print(f"after a kill at {killed_at:.1f} of that: {rest.seconds:.1f} s, {share:.2f} × the whole")
    measure_more(folder, n)


def measure_more(folder: Path, n: int) -> None:
    """Print what it takes to add photographs to a run that was made of others in their folder."""
    both, more = folder / f"photographs-{n}-and-more", folder / f"photographs-more-{N_MORE}"
    make_photographs(more, N_MORE, first=n)
    shutil.rmtree(both, ignore_errors=True)
    link_all(folder / f"photographs-{n}", both)
    make_run(both, folder / "grown")
    link_all(more, both)
    plain = decode_plainly(more)
    added = run_to_end(start(folder / "grown", "add", both.name, str(both)))
    print(
        f"the same folder after {N_MORE} more: {added.seconds:.1f} s; plain Pillow's time for "
        f"these: {plain:.1f} s; more than that: {added.seconds - plain:.1f} s"
    )


def link_all(source: Path, target: Path) -> None:
    """The files of a folder under the same names in another."""
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        os.link(path, target / path.name)


@contextmanager
def work_folder(chosen: Path | None) -> Iterator[Path]:
    """A folder for photographs and instances; only photographs in a chosen one outlive the run."""
    with tempfile.TemporaryDirectory() as temporary:
        if chosen is None:
            yield Path(temporary)
            return
        chosen.mkdir(parents=True, exist_ok=True)
        try:
            yield chosen
        finally:
            for instance in ("whole", "killed", "grown"):
                shutil.rmtree(chosen / instance, ignore_errors=True)


def make_photographs(folder: Path, n: int, first: int = 0) -> None:
    """``n`` files that are no links to one another, numbered from ``first``."""
    if folder.is_dir() and len(list(folder.iterdir())) == n:
        return
    folder.mkdir(parents=True, exist_ok=True)
    bodies = [encoded(number) for number in range(N_BODIES)]
    for number in range(first, first + n):
        body = bodies[number % N_BODIES]
        comment = b"\xff\xfe\x00\x0a" + f"{number:08}".encode()
        (folder / f"{number:06}.jpg").write_bytes(body[:2] + comment + body[2:])
    os.sync()


def encoded(number: int) -> bytes:
    """One of the bodies that files share."""
    name = ("china.jpg", "flower.jpg")[number % 2]
    picture = Image.fromarray(load_sample_image(name)).resize(SIZE, Image.Resampling.BICUBIC)
    picture = ImageEnhance.Brightness(picture.rotate(5 * number)).enhance(0.7 + 0.03 * number)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return file.getvalue()


def decode_plainly(folder: Path) -> float:
    """Seconds that plain Pillow takes."""
    started = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        sizes = list(pool.map(decode_file, sorted(folder.iterdir()), chunksize=8))
    assert all(max(size) == SIDE for size in sizes)
    return time.perf_counter() - started


def decode_file(path: Path) -> tuple[int, int]:
    """The size that one file is decoded to."""
    picture = Image.open(path)
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))
    picture.thumbnail((SIDE, SIDE))
    return picture.size


def make_run(photographs: Path, instance: Path, *options: str) -> Made:
    """``labeler new``, to its end."""
    return run_to_end(start_new(photographs, instance, *options))


def run_to_end(process: subprocess.Popen[bytes]) -> Made:
    """Wait for a command that was started just now."""
    started = time.perf_counter()
    with watched(process.pid) as most:
        status = process.wait()
    seconds = time.perf_counter() - started
    if status:
        sys.exit(f"labeler ended with status {status}")
    return Made(seconds, *most)


def kill_run(photographs: Path, instance: Path, seconds: float) -> None:
    """``labeler new``, killed with all of its children."""
    process = start_new(photographs, instance)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start_new(photographs: Path, instance: Path, *options: str) -> subprocess.Popen[bytes]:
    """Best with shape features alone, for a person who answers 100; of options, the last counts."""
    usual = ["--labels", "100", "--class", "house", "--class", "flower", "--features", "shape"]
    return start(instance, "new", str(photographs), *usual, *options)


def start(instance: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command of Labeler."""
    return subprocess.Popen(
        [sys.executable, "-m", "labeler", *words],
        env=os.environ | {"LABELER_INSTANCE": str(instance)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """The most memory of a process and its children while it has some, and of it in all.

    Looked at ten times a second.
    """
    most, over = [0, 0], Event()

    def look() -> None:
        while not over.wait(0.1):
            children = children_of(pid)
            together = sum(map(resident_bytes, [pid, *children]))
            most[0] = max(most[0], together if children else 0)
            most[1] = max(most[1], together)

    thread = Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def children_of(pid: int) -> list[int]:
    """Processes that a process started, and those that these did."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        texts = [(task / "children").read_text() for task in tasks]
    except OSError:
        return []
    children = [int(word) for text in texts for word in text.split()]
    return children + [one for child in children for one in children_of(child)]


def resident_bytes(pid: int) -> int:
    """Memory of one process; what it shares with others counts for each."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0


def disk_bytes(folder: Path) -> int:
    """What the files of a folder take; one that has several names takes it once."""
    states = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum({state.st_ino: state.st_size for state in states}.values())


if __name__ == "__main__":
    main()
