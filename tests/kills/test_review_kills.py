"""No acknowledged page of labels is lost, doubled or torn, however the server dies."""

from pathlib import Path
from typing import Any

from labeler.storage import answers, questions
from labeler.storage.checking import reviews
from labeler.storage.database import open_database
from labeler.storage.rows import Verdict
from tests.kills.answer_server import AnswerServer
from tests.kills.kill_database import assert_intact, make_run
from tests.kills.kill_harness import compare, harass
from tests.kills.review_server import apply_to_review
from tests.kills.test_answer_kills import SEED


def read_back(instance: Path, url: str | None, run: str) -> tuple[dict[str, Any], int]:
    """Every page, in the shape of what was sent: its images instead of their questions."""
    database = open_database(instance, url)
    with database.reading() as session:
        lines = answers.history(session, run)
        image_of = {asked.id: asked.image for asked in questions.list_of_run(session, run)}
        assert {line.id for line in lines} == reviews.operation_ids(session, run)
        assert len(reviews.standing(session, run, 1)) == len(lines)
    database.close()
    assert all(answer.verdict is Verdict.CLASS for line in lines for answer in line.answers)
    pages = {
        line.op_id: {
            "annotator": line.annotator,
            "kind": line.kind.value,
            "questions": sorted(image_of[answer.question_id] for answer in line.answers),
            "class": line.answers[0].class_id,
        }
        for line in lines
    }
    return pages, len(lines)


def harassed(instance: Path, n_kills: int, url: str | None = None) -> None:
    run, asked, named = make_run(instance, url)
    target = AnswerServer(instance, run, url=url, work=apply_to_review)
    log = harass(target, asked, named, n_kills=n_kills, seed=SEED)
    assert compare(log, *read_back(instance, url, run)) == [], f"seed {SEED}"
    assert len(log.acknowledged) > n_kills, "the harness must have had something to lose"


def test_no_acknowledged_page_is_lost_doubled_or_torn(tmp_path: Path, n_kills: int) -> None:
    harassed(tmp_path, max(10, n_kills // 5))
    assert_intact(tmp_path)


def test_nor_on_postgresql(tmp_path: Path, n_kills: int, postgres_url: str) -> None:
    harassed(tmp_path, max(5, n_kills // 10), postgres_url)
