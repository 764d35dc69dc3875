"""The same figures with one thread and with two."""

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from labeler.features import PixelFeatures, ShapeFeatures
from labeler.graph import neighbour_graph
from labeler.threads import in_blocks, one_thread

PACKAGE = Path(__file__).parent.parent / "labeler"
COMPUTES = ("cluster", "decomposition", "linear_model", "metrics.pairwise", "neighbors")


def n_blas_threads() -> int:
    return max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")


def simulated(preset: str, n_threads: int, folder: Path) -> list[object]:
    """What a process of its own finds out with so many threads."""
    told = folder / f"{preset}-{n_threads}.json"
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(n_threads))
    command = [sys.executable, "-P", "-m", "labeler", "simulate", "digits", "--preset", preset]
    options = ["--labels", "40", "--seeds", "1", "--no-cache", "--no-supervised", "--json", told]
    subprocess.run([*command, *options], check=True, capture_output=True, env=os.environ | threads)
    read = json.loads(told.read_text())
    assert read["threads"]["matter"] is False
    assert read["threads"]["kernels"]
    for stage in read["stages"]:
        del stage["seconds"]
    return list(read["stages"])


@pytest.mark.parametrize("preset", ["classic", "best"])
def test_a_simulation_is_the_same_with_one_thread_and_with_two(preset: str, tmp_path: Path) -> None:
    assert simulated(preset, 1, tmp_path) == simulated(preset, 2, tmp_path)


def hashed(*arrays: np.ndarray) -> str:
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)
    ).hexdigest()


def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (300, 28, 28), dtype=np.uint8)


def a_graph() -> np.ndarray:
    made = neighbour_graph(np.random.default_rng(0).normal(size=(700, 150)).astype(np.float32))
    return np.concatenate([made.data, made.indices])


STEPS: dict[str, Callable[[], np.ndarray]] = {
    "pixels": lambda: PixelFeatures().fit(images()).transform(images()),
    "shape": lambda: ShapeFeatures().fit(images()).transform(images()),
    "graph": a_graph,
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_the_same_to_the_last_bit(step: str) -> None:
    found = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            found.append(hashed(STEPS[step]()))
    assert found[0] == found[1]


def test_libraries_keep_to_one_thread_until_the_last_block_is_left() -> None:
    with threadpool_limits(2):
        outer, inner = one_thread(), one_thread()
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        assert n_blas_threads() == 1
        inner.__exit__(None, None, None)
        assert n_blas_threads() == 2


def test_many_threads_may_enter_at_once() -> None:
    def count(_: int) -> int:
        with one_thread():
            return n_blas_threads()

    with threadpool_limits(2):
        with ThreadPoolExecutor(4) as threads:
            assert set(threads.map(count, range(40))) == {1}
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
            keeps = "labeler.threads" in names or path.name in EXCUSED
            assert keeps, f"{path.name} computes without labeler.threads"


EXCUSED = {"threads.py", "distortions.py"}
"""The rule itself; and products of two by two numbers."""
