"""Networks in processes of their own: the same vectors, errors that arrive, nothing left behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from labeler.exceptions import ConfigError, InputError, LabelerError
from labeler.learning.networks import is_at_hand, network, process
from labeler.learning.networks.process import NetworkApart
from labeler.progress import Progress, SilentProgress, Task
from labeler.sandbox.children import Child, start_python

_PLANT = """
import sys

if "labeler.learning.networks.child" in sys.orig_argv:
    import os, signal
    import numpy as np
    from labeler import exceptions
    from labeler.learning import networks

    class Planted:
        name, side, signature, licence = sys.orig_argv[-1], 8, "planted 1", "none"

        def vectors(self, pictures, progress=None):
            print("a library says something")
            word = "" if pictures[0, 0, 0, 0] else self.name
            if word == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if word == "broken":
                raise ZeroDivisionError("planted")
            if word == "endless":
                while True:
                    pass
            return pictures.reshape(len(pictures), -1).astype(np.float32)

    def network(features, weights):
        if features == "refused":
            raise exceptions.InputError(
                "WGT-9", "a file", found="this", expected="that", remedy="Do it."
            )
        if features == "missing":
            raise exceptions.ConfigError("pip install something.")
        return Planted()

    networks.network = network
"""
"""Python imports a module of this name at its start; only the process of a network is changed."""

GOOD, BAD = np.ones((3, 8, 8, 3), np.uint8), np.zeros((3, 8, 8, 3), np.uint8)


class Told(SilentProgress):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.descriptions: list[str] = []

    @contextmanager
    def task(self, description: str, total: int | None = None) -> Iterator[Task]:
        self.descriptions.append(description)
        with super().task(description, total) as task:
            yield task


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that are named for what becomes of them when they see black."""
    (tmp_path / "sitecustomize.py").write_text(_PLANT, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """All processes of networks that are started."""
    started: list[Child] = []

    def start(*arguments: object, **options: object) -> Child:
        started.append(start_python(*arguments, **options))  # type: ignore[arg-type]
        return started[-1]

    monkeypatch.setattr(process, "start_python", start)
    return started


def look(name: str, pictures: np.ndarray, progress: Progress) -> np.ndarray:
    with NetworkApart(name).opened(progress) as net:
        return net.vectors(pictures, progress)


def assert_gone(children: list[Child]) -> None:
    assert children
    assert all(child.returncode is not None for child in children)


@pytest.mark.usefixtures("planted")
def test_every_pass_has_a_process_which_ends_with_it(children: list[Child]) -> None:
    told, apart = Told(), NetworkApart("fine")
    with apart.opened(told) as net:
        assert (net.name, net.side, net.signature, net.licence) == ("fine", 8, "planted 1", "none")
        for _ in range(2):
            np.testing.assert_array_equal(net.vectors(GOOD, told), GOOD.reshape(3, -1))
        assert children[0].poll() is None
    assert_gone(children)
    assert told.descriptions == ["Loading fine"] * 2  # to be asked what it is, and at work
    with apart.opened(told) as net:
        assert net.signature == "planted 1"
    assert len(children) == 1
    with apart.opened(told) as net:
        net.vectors(GOOD, told)
    assert_gone(children)
    assert (len(children), len(told.descriptions)) == (2, 3)


@pytest.mark.usefixtures("planted")
def test_a_process_that_is_kept_open_waits_until_nobody_needs_it(children: list[Child]) -> None:
    apart = NetworkApart("fine", keeps_open=True)
    with apart.opened() as net:
        net.vectors(GOOD)
    with apart.opened() as net, apart.opened() as other:  # one is at work: another one helps
        np.testing.assert_array_equal(net.vectors(GOOD), GOOD.reshape(3, -1))
        other.vectors(GOOD)
    assert [child.poll() is None for child in children] == [False, True]
    with suppress(KeyError), apart.opened():  # whoever fails may have left it in the midst of it
        raise KeyError
    assert_gone(children)
    with apart.opened() as net:
        net.vectors(GOOD)
    children[-1].kill()
    children[-1].wait()
    with apart.opened() as net:
        net.vectors(GOOD)
    deepcopy(apart)
    assert (len(children), children[-1].poll()) == (4, None)
    del apart
    assert_gone(children)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    ("name", "how"), [("killed", "stopped it; too little memory"), ("broken", "planted")]
)
def test_a_process_that_dies_is_one_clear_error(children: list[Child], name: str, how: str) -> None:
    with pytest.raises(LabelerError, match=f"looks with {name} ended .*{how}.*goes on"):
        look(name, BAD, SilentProgress())
    assert_gone(children)


@pytest.mark.usefixtures("planted")
def test_errors_of_a_network_arrive_as_they_are(children: list[Child]) -> None:
    with pytest.raises(InputError, match="a file: this; expected that. Do it.") as refused:
        look("refused", GOOD, SilentProgress())
    assert (refused.value.code, refused.value.source) == ("WGT-9", "a file")
    with pytest.raises(ConfigError, match=r"^pip install something\.$"):
        look("missing", GOOD, SilentProgress())
    assert_gone(children)


@pytest.mark.usefixtures("planted")
def test_no_process_is_left_after_an_interruption(children: list[Child]) -> None:
    with pytest.raises(KeyboardInterrupt), NetworkApart("fine").opened():
        raise KeyboardInterrupt
    assert_gone(children)


_PARENT = """
import numpy as np
from labeler.learning.networks.process import NetworkApart

with NetworkApart("endless").opened() as net:
    print(net._process._child.pid, flush=True)
    net.vectors(np.zeros((1, 8, 8, 3), np.uint8))
"""


@pytest.mark.usefixtures("planted")
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at /proc")
def test_a_process_does_not_outlive_a_parent_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.2)  # it is in the middle of its sum
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_vectors_are_the_same_to_the_bit_as_in_this_process() -> None:
    if not is_at_hand("lite0"):
        pytest.skip("labeler[photo] is not installed")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), np.uint8)
    here = network("lite0")
    with NetworkApart("lite0").opened() as apart:
        assert (apart.signature, apart.licence) == (here.signature, here.licence)
        np.testing.assert_array_equal(apart.vectors(pictures), here.vectors(pictures))
