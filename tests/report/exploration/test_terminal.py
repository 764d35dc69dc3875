"""An exploration in the terminal."""

import io
import re

from rich.console import Console

from labeler.report.charts.palette import MOST_CLASSES, told_apart
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.terminal import show_findings


def shown(findings: Findings, width: int = 80) -> str:
    file = io.StringIO()
    show_findings(findings, Console(file=file, width=width))
    return file.getvalue()


def test_indices_suggestions_and_clusters_are_shown(findings: Findings) -> None:
    text = shown(findings)
    assert "bars & co · pixels · 200 images" in text
    for one in findings.suggestions:
        assert f"{one.title}: " in text
    assert "5 clusters at k = 4" in text
    assert "1.1" in text
    assert "agree best at k = 4" in text
    assert "a note" in text
    assert "\u202e" not in text


def test_sentences_fit_the_screen(findings: Findings) -> None:
    lines = re.findall(r"^  \S.*", shown(findings, 60), re.MULTILINE)
    assert lines
    assert max(map(len, lines)) <= 60


def test_without_truth_there_are_no_classes(without_truth: Findings) -> None:
    text = shown(without_truth)
    assert "Purity" not in text
    assert "is for you to judge" in text


def test_with_many_classes_only_the_frequent_ones_have_a_colour() -> None:
    totals = list(range(1, 31))
    assert told_apart(totals) == list(range(30 - MOST_CLASSES + 1, 30))
    assert told_apart([5, 3]) == [0, 1]
