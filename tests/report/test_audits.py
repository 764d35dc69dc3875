"""What is said of audits, in the terminal, on the page and to programs."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from labeler.datasets.base import Dataset
from labeler.records import Simulation
from labeler.records.label_quality import (
    AuditTrial,
    CalibrationErrors,
    CautiousClaims,
    Covered,
    SimulatedAudit,
)
from labeler.report.audits import audit_sentences, audit_table
from labeler.report.html import render_html
from labeler.report.results import results_json
from labeler.report.terminal import show_results

AUDIT = SimulatedAudit(
    seed=0,
    n_labels=12,
    population=1_234,
    label_accuracy=0.8592,
    trial=AuditTrial(
        n=200,
        repeats=1_000,
        plain=Covered(0.958, 0.0423),
        simple_random=Covered(0.957, 0.0503),
        checkpoints={50: Covered(0.99, 0.108), 100: Covered(0.99, 0.076)},
        all_checkpoints=0.969,
    ),
    calibration_error=CalibrationErrors(0.062, 0.017, (0.1, None), (0.05, None)),
    by_answers=CautiousClaims(100, 0.921, 0.849, 0.047),
)


@pytest.fixture
def audited(simulation: Simulation) -> Simulation:
    return replace(simulation, audit=AUDIT)


def test_the_json_has_the_shape_that_scripts_rely_on(audited: Simulation) -> None:
    told = json.loads(results_json(audited))["audit"]
    assert told == {
        "seed": 0,
        "n_labels": 12,
        "population": 1_234,
        "label_accuracy": 0.8592,
        "n": 200,
        "repeats": 1_000,
        "coverage": 0.958,
        "half_width": 0.0423,
        "half_width_simple_random": 0.0503,
        "checkpoints": {
            "50": {"coverage": 0.99, "half_width": 0.108},
            "100": {"coverage": 0.99, "half_width": 0.076},
            "all": 0.969,
        },
        "calibration_error": {
            "before": 0.062,
            "after": 0.017,
            "before_by_class": [0.1, None],
            "after_by_class": [0.05, None],
        },
        "by_answers": {
            "n": 100,
            "claimed": 0.921,
            "cautious": 0.849,
            "calibration_error": 0.047,
        },
    }


def test_where_none_was_asked_for_nothing_is_said(simulation: Simulation) -> None:
    assert "audit" not in json.loads(results_json(simulation))


def test_each_interval_is_one_row() -> None:
    table = audit_table(AUDIT)
    assert table.rows == (
        ("200 answers", "95 %", "95.8 %", "4.2"),
        ("200 answers, a simple random sample", "95 %", "95.7 %", "5.0"),
        ("checkpoint at 50", "98.75 %", "99.0 %", "10.8"),
        ("checkpoint at 100", "98.75 %", "99.0 %", "7.6"),
        ("all checkpoints together", "95 %", "96.9 %", "–"),
    )


def test_it_says_which_run_was_audited_and_how_right_it_is() -> None:
    first, second, third = audit_sentences(AUDIT)
    assert first.startswith(
        "Audited: the 1,234 labels that seed 0 spread from 12 answers. 85.9 % of them are right."
    )
    assert "6.2 points" in second
    assert "1.7." in second
    assert third.startswith("Without an audit, by 100 answers left out in turn, they claim 84.9 %")
    assert len(list(audit_sentences(replace(AUDIT, by_answers=None)))) == 2


def test_the_terminal_shows_it_in_80_columns(audited: Simulation) -> None:
    screen = io.StringIO()
    show_results(audited, Console(file=screen, width=80))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("all checkpoints together" in line for line in lines)
    assert any("Audited: the 1,234" in line for line in lines)


def test_the_page_shows_it_where_there_is_one(audited: Simulation, hostile: Dataset) -> None:
    assert "What an audit would say" in render_html(audited, hostile)
    assert "audit" not in render_html(replace(audited, audit=None), hostile)
