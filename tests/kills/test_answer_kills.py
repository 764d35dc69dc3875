"""No acknowledged answer is lost, none is there twice, however the server dies.

``pytest tests/kills --kills 1000`` kills more often; ``LABELER_KILL_SEED`` repeats a run.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kills.answer_server import AnswerServer
from tests.kills.kill_database import assert_intact, make_run, read_back
from tests.kills.kill_harness import Log, compare, harass
from tests.kills.page_server import PageServer, people

Harness = Callable[..., tuple[Log, list[str]]]

SEED = int(os.environ.get("LABELER_KILL_SEED") or secrets.randbelow(10**6))
REAL_SHARE = 0.3
"""Of all kills, those of the real server; the others are of the storage layer alone."""


def run_harness(
    instance: Path, *, n_kills: int, url: str | None = None, fault: str | None = None
) -> tuple[Log, list[str]]:
    run, asked, named = make_run(instance, url)
    target = AnswerServer(instance, run, url=url, fault=fault)
    log = harass(target, asked, named, n_kills=n_kills, seed=SEED)
    return log, compare(log, *read_back(instance, url, run))


def run_real_server(
    instance: Path, *, n_kills: int, url: str | None = None, fault: str | None = None
) -> tuple[Log, list[str]]:
    """The same through Waitress, Flask and a login; people instead of connections answer."""
    run, asked, named = make_run(instance, url)
    target = PageServer(instance, run, url=url, fault=fault)
    log = harass(target, asked, named, n_kills=n_kills, seed=SEED)
    return log, target.problems + compare(people(log), *read_back(instance, url, run))


def n_real(n_kills: int) -> int:
    return round(REAL_SHARE * n_kills)


def test_no_acknowledged_answer_is_lost_or_doubled_by_the_storage(
    tmp_path: Path, n_kills: int
) -> None:
    n_kills -= n_real(n_kills)
    log, problems = run_harness(tmp_path, n_kills=n_kills)
    assert problems == [], f"seed {SEED}"
    assert len(log.acknowledged) > n_kills, "the harness must have had something to lose"
    assert_intact(tmp_path)


def test_nor_by_the_real_server_over_http(tmp_path: Path, n_kills: int) -> None:
    n_kills = n_real(n_kills)
    log, problems = run_real_server(tmp_path, n_kills=n_kills)
    assert problems == [], f"seed {SEED}"
    assert len(log.acknowledged) > n_kills, "the harness must have had something to lose"
    assert {op["kind"] for op in log.sent.values()} == {"answer", "undo"}
    assert_intact(tmp_path)


def test_nor_on_postgresql(tmp_path: Path, n_kills: int, postgres_url: str) -> None:
    n_kills = max(10, n_kills // 5)
    log, problems = run_harness(tmp_path, n_kills=n_kills, url=postgres_url)
    assert problems == [], f"seed {SEED}"
    assert len(log.acknowledged) > n_kills


def test_nor_by_the_real_server_on_postgresql(
    tmp_path: Path, n_kills: int, postgres_url: str
) -> None:
    n_kills = max(5, n_kills // 10)
    log, problems = run_real_server(tmp_path, n_kills=n_kills, url=postgres_url)
    assert problems == [], f"seed {SEED}"
    assert len(log.acknowledged) > n_kills


@pytest.mark.parametrize(
    ("harness", "fault", "complaint"),
    [
        (run_harness, "acknowledge before commit", "was acknowledged and is lost"),
        (run_harness, "forget the op_id", "nobody sent it"),
        (run_real_server, "acknowledge before commit", "was acknowledged and is lost"),
    ],
)
def test_the_harness_notices_a_planted_fault(
    tmp_path: Path, harness: Harness, fault: str, complaint: str
) -> None:
    """Up to ten kills at a time until it does: a harness that cannot fail proves nothing."""
    for attempt in range(5):
        _, problems = harness(tmp_path / str(attempt), n_kills=10, fault=fault)
        if any(complaint in problem for problem in problems):
            return
    pytest.fail(f"{fault!r} went unnoticed; seed {SEED}")
