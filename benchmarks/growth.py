"""Time and memory per image as the pool grows from 5,000 to 500,000 images.

Real images are repeated, shifted by a pixel and given noise, so that no two are equal. Each size
runs in a process of its own: features, clustering, propagation, logistic regression; with the
preset best also the graph of neighbours and the second phase of questions. For that preset,
features and graph are timed by themselves, too.

    LABELER_DATA=DIR python benchmarks/growth.py [--preset best] [--sizes 5000,50000,500000]
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np

from labeler.config import PRESETS, preset
from labeler.datasets import Dataset, Split, load_dataset
from labeler.pipeline import prepare
from labeler.pipeline.preparation import compute_graph
from labeler.pipeline.stages import label_by_oracle, train_and_score

SIZES = (5_000, 15_000, 50_000, 150_000, 500_000)


def main() -> None:
    """Measure each size in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--preset", choices=tuple(PRESETS), default="classic")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.preset)))
        return
    idle = in_own_process(1_000, options.preset)["megabytes"]
    print(
        f"{'images':>8}{'seconds':>10}{'ms/image':>10}{'MB':>8}{'KB/image':>10}"
        f"{'features':>10}{'graph':>8}  (before the first image: {idle:.0f} MB)"
    )
    for size in map(int, options.sizes.split(",")):
        row = in_own_process(size, options.preset)
        per_image = 1000 * row["seconds"] / size
        kilobytes = 1024 * (row["megabytes"] - idle) / size
        print(
            f"{size:>8,}{row['seconds']:>10.1f}{per_image:>10.3f}"
            f"{row['megabytes']:>8.0f}{kilobytes:>10.1f}"
            f"{row['features']:>10.1f}{row['graph']:>8.1f}"
        )


def in_own_process(size: int, name: str) -> dict[str, float]:
    """``measure(size, name)``, where no other size has left memory behind."""
    command = [sys.executable, __file__, "--measure", str(size), "--preset", name]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(finished.stdout)
    return figures


def measure(size: int, name: str) -> dict[str, float]:
    """Seconds of the whole path, of features and graph, and peak resident memory."""
    dataset = grown(load_dataset("fashion-mnist"), size)
    config = preset(name).with_(n_labels=100, fractions=(1.0,))
    started = time.perf_counter()
    prepared = prepare(dataset, config.with_(strategy="representatives", propagation="cluster"))
    features = time.perf_counter() - started
    if config.needs_graph:
        prepared = replace(prepared, graph=compute_graph(prepared.X))
    graph = time.perf_counter() - started - features
    # The comparisons of classic are part of the published path; those of best are not its own.
    _, label_sets = label_by_oracle(prepared, config, comparisons=name == "classic")
    for key, label_set in label_sets.items():
        train_and_score(prepared, key, label_set, config)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "megabytes": peak, "features": features, "graph": graph}


def grown(dataset: Dataset, size: int) -> Dataset:
    """The same images, each as often as it takes, shifted and with noise."""
    rng = np.random.default_rng(0)
    images = np.empty((size, *dataset.image_shape), dtype=np.uint8)
    for start in range(0, size, len(dataset.train)):
        part = images[start : start + len(dataset.train)]
        shift = tuple(rng.integers(-1, 2, 2))
        part[:] = np.roll(dataset.train.images[: len(part)], shift, axis=(1, 2))
        part[:] = np.maximum(part, rng.integers(0, 16, part.shape, dtype=np.uint8))
    labels = np.resize(dataset.train.labels, size)
    return Dataset("grown", dataset.classes, Split(images, labels), dataset.test)


if __name__ == "__main__":
    main()
