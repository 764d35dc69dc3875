"""No acknowledged answer of an audit is lost, none is there twice, however the server dies."""

from pathlib import Path

import pytest

from tests.kills.answer_server import AnswerServer
from tests.kills.audit_server import apply_to_audit, begin, read_audit
from tests.kills.kill_database import assert_intact, make_run, read_back
from tests.kills.kill_harness import Log, compare, harass
from tests.kills.test_answer_kills import SEED


def run_harness(
    instance: Path, *, n_kills: int, url: str | None = None, fault: str | None = None
) -> tuple[Log, list[str]]:
    run, asked, named = make_run(instance, url)
    begin(instance, url, run)
    target = AnswerServer(instance, run, url=url, fault=fault, work=apply_to_audit)
    places = list(range(len(asked)))
    log = harass(target, places, named, n_kills=n_kills, seed=SEED, sizes=(1,))
    assert read_back(instance, url, run) == ({}, 0), "the run itself has no answer of it"
    return log, compare(log, *read_audit(instance, url))


def test_no_acknowledged_answer_of_an_audit_is_lost_or_doubled(
    tmp_path: Path, n_kills: int
) -> None:
    n_kills = max(10, n_kills // 5)
    log, problems = run_harness(tmp_path, n_kills=n_kills)
    assert problems == [], f"seed {SEED}"
    assert len(log.acknowledged) > n_kills, "the harness must have had something to lose"
    assert {op["kind"] for op in log.sent.values()} == {"answer", "undo"}
    assert_intact(tmp_path)


def test_nor_on_postgresql(tmp_path: Path, n_kills: int, postgres_url: str) -> None:
    n_kills = max(5, n_kills // 10)
    log, problems = run_harness(tmp_path, n_kills=n_kills, url=postgres_url)
    assert problems == [], f"seed {SEED}"
    assert len(log.acknowledged) > n_kills


def test_the_harness_notices_an_early_acknowledgement(tmp_path: Path) -> None:
    for attempt in range(5):
        _, problems = run_harness(
            tmp_path / str(attempt), n_kills=10, fault="acknowledge before commit"
        )
        if any("was acknowledged and is lost" in problem for problem in problems):
            return
    pytest.fail(f"it went unnoticed; seed {SEED}")
