"""A million rows as CSV and as Parquet: seconds and peak memory; and images, streamed.

    python benchmarks/export.py
    python benchmarks/export.py --rows 100000

Each format is written in a process of its own, whose peak memory is the whole process's: Python,
NumPy, the label set and its million file names included. For the images, 60,000 of 28 x 28 are
written from a mapped file as folders by class in a zip, and as Parquet.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from labeler.formats import FORMATS, LabelRows, Options, write_set
from labeler.formats.writing import WrittenFile
from labeler.records import UNLABELED, LabelSet, Source

MOST_SECONDS, MOST_MEGABYTES = 10.0, 500.0
N_CLUSTERS, N_CLASSES = 1_000, 10
N_IMAGES = 60_000


def rows_without_images(n_rows: int) -> LabelRows:
    """Rows with a file name each; the images are one byte that is said to be many."""
    images = np.broadcast_to(np.uint8(0), (n_rows, 28, 28))
    names = tuple(f"photos/{number // 1000:04d}/IMG_{number:07d}.jpg" for number in range(n_rows))
    return _rows(images, names)


def rows_with_images(n_images: int, folder: Path) -> LabelRows:
    """Rows whose images are on disk."""
    path = folder / "images.npy"
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (n_images, 28, 28))
    rng = np.random.default_rng(0)
    for start in range(0, n_images, 1000):
        images[start : start + 1000] = rng.integers(0, 256, (1000, 28, 28), dtype=np.uint8)
    images.flush()
    return _rows(np.load(path, mmap_mode="r"), None)


def measure(case: str, n_rows: int) -> dict[str, float]:
    """Write one case here and now: seconds, the process's peak, the size of what came out."""
    format, with_images = case.removesuffix("+images"), case.endswith("+images")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = rows_with_images(N_IMAGES, folder) if with_images else rows_without_images(n_rows)
        target = folder / f"set{FORMATS[format].suffix or '.zip'}"
        started, worked = time.perf_counter(), time.process_time()
        write_set(target, FORMATS[format], rows, Options("set", with_images), _describe)
        return {
            "rows": len(rows),
            "seconds": time.perf_counter() - started,
            "cpu_seconds": time.process_time() - worked,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "file_mb": target.stat().st_size / 1e6,
        }


def main() -> int:
    """Print a line for each case; 1 where CSV or Parquet is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case:
        print(json.dumps(measure(given.case, given.rows)))
        return 0
    kept = [_report(case, given.rows) for case in ("csv", "parquet", "jsonl")]
    _report("parquet+images", given.rows)
    _report("imagefolder+images", given.rows)
    return 0 if all(kept[:2]) else 1


def _rows(images: np.ndarray, names: tuple[str, ...] | None) -> LabelRows:
    n_rows, rng = len(images), np.random.default_rng(0)
    labels = rng.integers(0, N_CLASSES, n_rows)
    labels[rng.random(n_rows) < 0.1] = UNLABELED
    is_labeled = labels != UNLABELED
    return LabelRows(
        classes=tuple(f"class {label}" for label in range(N_CLASSES)),
        images=images,
        places=np.arange(n_rows),
        indices=np.arange(n_rows),
        names=names,
        label_set=LabelSet(
            labels,
            np.where(is_labeled, Source.PROPAGATED, Source.NONE).astype(np.int8),
            np.where(is_labeled, rng.random(n_rows), 0).astype(np.float32),
            np.full(n_rows, -1),
        ),
        clusters=rng.integers(0, N_CLUSTERS, n_rows).astype(np.int32),
        distances=rng.random(n_rows, dtype=np.float32),
        ranks=rng.integers(0, n_rows // N_CLUSTERS + 1, n_rows).astype(np.int32),
    )


def _report(case: str, n_rows: int) -> bool:
    command = [sys.executable, __file__, "--case", case, "--rows", str(n_rows)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    print(
        f"{case:20} {found['rows']:>11,.0f} rows  {found['seconds']:6.1f} s  "
        f"{found['cpu_seconds']:6.1f} s of CPU  "
        f"{found['peak_mb']:7.0f} MB peak  {found['file_mb']:7.1f} MB on disk",
        flush=True,
    )
    return bool(found["seconds"] < MOST_SECONDS and found["peak_mb"] < MOST_MEGABYTES)


def _describe(files: list[WrittenFile]) -> dict[str, Any]:
    return {"files": files}


if __name__ == "__main__":
    raise SystemExit(main())
