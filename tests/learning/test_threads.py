"""The same figures with one thread and with two."""

import ast
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from labeler.learning import threads
from labeler.learning.threads import in_blocks, one_thread

PACKAGE = Path(__file__).parents[2] / "labeler"
N_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
COMPUTES = ("cluster", "decomposition", "linear_model", "metrics.pairwise", "neighbors")


def n_blas_threads() -> int:
    """Of the libraries that compute for Labeler; another test may have loaded others."""
    return max(one["num_threads"] for one in threads._libraries("blas").info())


HASHED = """
import hashlib, json, sys
import numpy as np

def hashed(*arrays):
    bits = b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)
    return hashlib.sha256(bits).hexdigest()

rng = np.random.default_rng(0)
images = rng.integers(0, 256, (300, 28, 28), dtype=np.uint8)
"""

FIGURES = """
from labeler.cli import cli
from labeler.learning.cluster_analysis import survey
from labeler.learning.features import PixelFeatures, ShapeFeatures
from labeler.learning.graph import neighbour_graph

vectors = rng.normal(size=(700, 150)).astype(np.float32)
graph = neighbour_graph(vectors)
found = survey(vectors, [2, 3, 5], np.random.default_rng(0))
steps = {
    "pixels": hashed(PixelFeatures().fit(images).transform(images)),
    "shape": hashed(ShapeFeatures().fit(images).transform(images)),
    "graph": hashed(graph.data, graph.indices),
    "survey": repr([found.rows, {k: hashed(one) for k, one in found.centers.items()}]),
}
stages = {}
for preset in ("classic", "best"):
    told = f"{sys.argv[1]}/{preset}.json"
    arguments = ["simulate", "digits", "--preset", preset, "--labels", "20", "--seeds", "1"]
    arguments += ["--no-cache", "--no-supervised", "--json", told]
    cli.main(arguments, standalone_mode=False)
    with open(told) as file:
        read = json.load(file)
    assert read["threads"]["matter"] is False and read["threads"]["kernels"]
    stages[preset] = [{**one, "seconds": None} for one in read["stages"]]
with open(f"{sys.argv[1]}/figures.json", "w") as file:
    json.dump([steps, stages], file)
"""
"""What a process of its own finds out, written to the folder that it is given."""

NET_FIGURES = """
from labeler.learning.classifiers.neural_net import NeuralNetClassifier
from labeler.learning.late_keras import threads_matter

X = rng.normal(size=(2000, 200)).astype(np.float32)
y = (X[:, 0] > X[:, 1]).astype(int)
net = NeuralNetClassifier(random_state=0, epochs=2).fit(X, y, np.arange(2000))
with open(f"{sys.argv[1]}/figures.json", "w") as file:
    json.dump([threads_matter(), hashed(net.predict_proba(X))], file)
"""


def figures(script: str, n_threads: int, folder: Path) -> Any:
    """What ``script`` finds with so many threads, in a process of its own."""
    folder.mkdir()
    given = dict.fromkeys(N_THREADS, str(n_threads))
    command = [sys.executable, "-c", HASHED + script, str(folder)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | given)
    return json.loads((folder / "figures.json").read_text())


def test_the_same_figures_to_the_last_bit_with_one_thread_and_with_two(tmp_path: Path) -> None:
    alone, (steps, stages) = (figures(FIGURES, n, tmp_path / str(n)) for n in (1, 2))
    assert steps == alone[0]
    assert stages == alone[1]


@pytest.mark.slow
def test_nets_give_the_same_to_the_last_bit_with_one_thread_and_with_two(tmp_path: Path) -> None:
    alone, both = (figures(NET_FIGURES, n, tmp_path / str(n)) for n in (1, 2))
    assert alone == both
    assert both[0] is False


@pytest.fixture
def _nothing_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier test abandoned in this process, and somebody still holds, does not count."""
    monkeypatch.setattr(threads, "_blas", threads._BlasLimit())


@pytest.mark.usefixtures("_nothing_under_way")
def test_libraries_keep_to_one_thread_until_the_last_block_is_left() -> None:
    with threadpool_limits(2):
        outer, inner = one_thread(), one_thread()
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        assert n_blas_threads() == 1
        inner.__exit__(None, None, None)
        assert n_blas_threads() == 2


@pytest.mark.usefixtures("_nothing_under_way")
def test_an_abandoned_block_may_be_collected_while_another_is_entered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with threadpool_limits(2):
        abandoned, block = one_thread(), one_thread()
        abandoned.__enter__()
        garbage, take_control = [abandoned], threads._take_control

        def collect() -> None:
            if garbage:
                garbage.pop().__exit__(None, None, None)
            take_control()

        monkeypatch.setattr(threads, "_take_control", collect)
        block.__enter__()
        assert not garbage
        assert n_blas_threads() == 1
        block.__exit__(None, None, None)
        assert n_blas_threads() == 2


@pytest.mark.usefixtures("_nothing_under_way")
def test_many_threads_may_enter_at_once() -> None:
    def count(_: int) -> int:
        with one_thread():
            return n_blas_threads()

    with threadpool_limits(2):
        with ThreadPoolExecutor(4) as executor:
            assert set(executor.map(count, range(40))) == {1}
        assert n_blas_threads() == 2


def test_blocks_come_back_in_their_order() -> None:
    array = np.arange(1000).reshape(-1, 2)
    np.testing.assert_array_equal(np.concatenate(list(in_blocks(lambda x: x, array, 7))), array)


def test_whatever_computes_keeps_the_rule() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        found = [node for node in ast.walk(ast.parse(path.read_text()))]
        names = {one.module for one in found if isinstance(one, ast.ImportFrom) and one.module}
        multiplies = any(isinstance(one, ast.MatMult) for one in found)
        if multiplies or names & {f"sklearn.{one}" for one in COMPUTES}:
            keeps = "labeler.learning.threads" in names or path.name in EXCUSED
            assert keeps, f"{path.name} computes without labeler.learning.threads"


EXCUSED = {"threads.py", "distortions.py"}
"""The rule itself; and products of two by two numbers."""
