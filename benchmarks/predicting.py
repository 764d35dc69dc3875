"""Many pictures named by a model file, beside nothing but their features: time and memory.

A run of shape features and logistic regression is labeled by an oracle and trained, and its model
written. The pool's own pictures, repeated, are then described and named in turns, block by block;
in a process of its own, ``labeler predict`` names them from a file.

    LABELER_DATA=DIR python benchmarks/predicting.py [--n 100000] [--turns 3]

Of photographs only the memory is told, for as many links to the JPEGs below a folder as asked for:

    python benchmarks/predicting.py --model MODEL.zip --photographs DIR --n 3000
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from labeler import FewLabels
from labeler.datasets import load_dataset
from labeler.learning.ensemble import blocks
from labeler.prediction.file import read_model


def main() -> None:
    """Make a model, take turns, and print the ratios and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--model", type=Path, help="A model file, in place of a new one.")
    parser.add_argument("--photographs", type=Path, help="A folder of JPEGs, for --model.")
    options = parser.parse_args()
    if options.photographs is not None:
        if options.model is None:
            parser.error("--photographs needs --model")
        photographs(options.model, options.photographs, options.n)
        return
    pool = load_dataset(options.dataset).train
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or Path(folder) / "model.zip"
        if options.model is None:
            few = FewLabels(100, features="shape", classifier="logistic")
            few.fit(pool.images, pool.labels).save(path)
        pictures = Path(folder) / "pictures.npz"
        images = np.resize(pool.images, (options.n, *pool.images.shape[1:]))
        np.savez(pictures, images=images)
        print(f"{options.n:,} pictures of {options.dataset}")
        in_turns(path, images, options.turns)
        print(f"labeler predict: {peak_memory(path, pictures, folder):.0f} MB at most")


def photographs(model: Path, folder: Path, n: int) -> None:
    """Name links to JPEGs, over and over the same, and print the peak memory."""
    found = sorted(folder.rglob("*.jpg"))
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:  # hard links stay on one disk
        many = Path(place) / "many"
        many.mkdir()
        for number in range(n):
            os.link(found[number % len(found)], many / f"{number:06d}.jpg")
        print(f"{n:,} photographs: {peak_memory(model, many, place):.0f} MB at most")


def in_turns(path: Path, images: np.ndarray, n_turns: int) -> None:
    """Features alone, and predictions after them, as often as told."""
    model = read_model(path)
    for _ in range(n_turns):
        alone, named = np.zeros(2), np.zeros(2)
        for block in blocks(len(images)):  # in turns within a turn, too: others may be at work
            started = now()
            model.features(images[block])
            between = now()
            model.predict(images[block])
            alone += between - started
            named += now() - between
        wall, processor = named / alone
        print(
            f"features {alone[0]:.1f} s ({alone[1]:.1f} s of processor), predictions "
            f"{named[0]:.1f} s ({named[1]:.1f} s): {wall:.2f} times by the clock, "
            f"{processor:.2f} times by the processor",
            flush=True,
        )


def now() -> np.ndarray:
    """Seconds by the clock, and of the processors."""
    return np.array([time.perf_counter(), time.process_time()])


MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Begun by a small process: what a large one begins counts its beginner's memory, too."""


def peak_memory(path: Path, pictures: Path, folder: str) -> float:
    """Megabytes that ``labeler predict`` takes at most."""
    told = Path(folder) / "predictions.csv"
    predict = [sys.executable, "-m", "labeler", "predict", str(path), str(pictures)]
    command = [sys.executable, "-c", MEASURED, *predict, "--output", str(told)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024


if __name__ == "__main__":
    main()
