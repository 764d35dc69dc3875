"""An import that is killed goes on where it was: nothing that was written down is decoded again.

``LABELER_READING_KILLS=200 pytest tests/kills`` kills more often.
"""

import os
import random
import secrets
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.storage.folder.journal import FOLDER
from labeler.workflow import datasets
from labeler.workflow.workspace import open_workspace
from tests.kills.answer_server import PRELOADED, fork_server
from tests.kills.kill_database import assert_intact
from tests.kills.reading_worker import POINTS, Trap, work

N_KILLS = int(os.environ.get("LABELER_READING_KILLS", "20"))
SEED = int(os.environ.get("LABELER_KILL_SEED") or secrets.randbelow(10**6))
N_IMAGES = 60
PATIENCE = 120.0


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Different ones of many sizes."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(N_IMAGES):
        pixels = rng.integers(0, 256, (20 + number % 7, 20 + number % 5, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:04}.png")
    return folder


class Importer:
    """Starts the process that imports, again and again."""

    def __init__(self, instance: Path, pictures: Path, way: str, *, forgets: bool = False) -> None:
        self.instance = instance
        self.log = instance.with_suffix(".log")
        self._arguments = (instance, pictures, way, self.log)
        self._forgets = forgets

    def run(self, trap: Trap, seconds: float = PATIENCE) -> bool:
        """Kill it after so many seconds, if it lives so long; whether it came to its end."""
        context = fork_server(PRELOADED)
        ours, theirs = context.Pipe(duplex=False)
        arguments = [*self._arguments, trap, self._forgets, theirs]
        process = context.Process(target=work, args=arguments)
        process.start()
        theirs.close()
        try:
            assert ours.recv() == "begun"
            return ours.poll(seconds) and bool(ours.recv() == "done")
        except EOFError:
            return False
        finally:
            process.kill()
            process.join()

    def finish(self) -> None:
        """Have it come to its end, and see that nothing was done twice, all tries together."""
        while not self.run(Trap(None, 0)):
            pass
        self.look_back()

    def look_back(self) -> None:
        """After a run to its end; what comes then is another import."""
        events = self.events()
        self.log.unlink()
        assert not decoded_in_vain(events), f"seed {SEED}"
        assert {number for event, number in events if event == "decoded"} == set(range(N_IMAGES))
        assert not list((self.instance / FOLDER).iterdir())

    def events(self) -> list[tuple[str, int]]:
        """What was decoded and written down, in its order, all tries together."""
        lines = self.log.read_text("ascii").splitlines()
        return [(event, int(number)) for event, number in map(str.split, lines)]


def harass(importer: Importer, n_kills: int) -> int:
    """Try to kill it as often, most at named points; gives how often it did not come off."""
    chance = random.Random(SEED)  # noqa: S311 - not a secret, and repeatable by its seed
    n_done = 0
    for number in range(n_kills):
        point = (*POINTS, None)[number % 6]
        trap = Trap(point, chance.randint(1, 9))
        if importer.run(trap, PATIENCE if point else chance.uniform(0.1, 0.5)):
            importer.look_back()
            n_done += 1
    return n_done


def decoded_in_vain(events: list[tuple[str, int]]) -> list[int]:
    """Images that were decoded again after they had been written down."""
    kept, again = set[int](), list[int]()
    for event, number in events:
        if event == "kept":
            kept.add(number)
        elif number in kept:
            again.append(number)
    return again


def content_of(instance: Path) -> dict[str, str]:
    """The arrays of the one data set, each named by its bytes."""
    ws = open_workspace(instance)
    try:
        (row,) = datasets.list_datasets(ws)
        return {name: array for name, array in row.artefacts.items()}
    finally:
        ws.close()


@pytest.mark.kills
@pytest.mark.parametrize("way", ["new", "job"])
def test_killed_at_any_moment_it_goes_on_where_it_was(
    tmp_path: Path, pictures: Path, way: str
) -> None:
    importer = Importer(tmp_path / "killed", pictures, way)
    n_done = harass(importer, N_KILLS // 2)
    assert n_done < N_KILLS // 4, "the killer must have had something to break"
    importer.finish()
    undisturbed = Importer(tmp_path / "undisturbed", pictures, way)
    undisturbed.finish()
    assert content_of(importer.instance) == content_of(undisturbed.instance)
    assert_intact(importer.instance)


@pytest.mark.kills
def test_the_harness_notices_a_journal_that_forgets(tmp_path: Path, pictures: Path) -> None:
    importer = Importer(tmp_path / "killed", pictures, "new", forgets=True)
    importer.run(Trap("after put", 20))
    importer.run(Trap("after put", 20))
    assert decoded_in_vain(importer.events())
