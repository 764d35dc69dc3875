"""Seconds and memory of ``labeler explore fashion-mnist --k 2..20``, of another look, of a split.

Each step runs in a process of its own on an instance of its own; what other work takes from the
processors is seen where the seconds of the clock exceed half of those of the processors.

    LABELER_DATA=DIR python benchmarks/explore.py [--k 2..20] [--dataset fashion-mnist]
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from labeler.config import preset
from labeler.datasets import load_dataset
from labeler.learning.cluster_analysis import split_vectors
from labeler.pipeline import prepare

SPLIT_IMAGES = 10_000


def main() -> None:
    """Measure the first look, the second, one with a folder of results, and splits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--k", default="2..20")
    parser.add_argument("--split-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.split_only:
        measure_splits(options.dataset)
        return
    print(f"{'':<44}{'seconds':>9}{'processor s':>13}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        explore = [sys.executable, "-m", "labeler", "explore", options.dataset, "--k", options.k]
        environment = {**os.environ, "LABELER_INSTANCE": folder}
        output = str(Path(folder) / "output")
        measure(f"explore {options.dataset} --k {options.k}", explore, environment)
        measure("the same again", explore, environment)
        measure("the same with --output", [*explore, "--output", output], environment)
    split = [sys.executable, __file__, "--split-only", "--dataset", options.dataset]
    subprocess.run(split, check=True)


def measure(name: str, command: list[str], environment: dict[str, str]) -> None:
    """Run a command to its end; print what it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(f"{name:<44}{seconds:>9.1f}{processor:>13.1f}{after.ru_maxrss / 1024:>9.0f}", flush=True)


def measure_splits(dataset: str) -> None:
    """Cut 10,000 images again: into 4 parts, and into as many as are suggested."""
    images = load_dataset(dataset)
    X = prepare(images, preset("classic")).X[:SPLIT_IMAGES]
    split_vectors(X[:500], 2, np.random.default_rng(0))  # what only the first one costs
    for n_parts in (4, None):
        started, began = time.perf_counter(), time.process_time()
        found = split_vectors(X, n_parts, np.random.default_rng(0))
        name = f"split of {len(X):,} images into {n_parts or f'{found.n_parts} (suggested)'}"
        seconds, processor = time.perf_counter() - started, time.process_time() - began
        print(f"{name:<44}{seconds:>9.2f}{processor:>13.2f}")


if __name__ == "__main__":
    main()
