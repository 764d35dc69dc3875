"""The words and figures that terminal and page both show."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from labeler import words
from labeler.learning.evaluation import confidence_interval
from labeler.records import Interval, Simulation
from labeler.report.charts.scales import interval_ends
from labeler.report.scores import main_stage
from labeler.report.tables import class_table, stage_table
from labeler.report.terminal import show_results


def test_every_stage_is_one_row_with_its_interval(simulation: Simulation) -> None:
    table = stage_table(simulation)
    assert len(table.rows) == len(simulation.stages)
    assert table.rows[2][:3] == (
        "spread to 50 %",
        "6",
        words.count(simulation.stages[2].n_train),
    )
    assert table.rows[0][4] == words.interval(simulation.stages[0].test_accuracy)


@pytest.mark.parametrize(
    ("seeds", "told"),
    [
        ((0.7,), "70.0 %"),
        ((0.76, 0.7), "73.0 % (70.0 to 76.0)"),
        ((0.7, 0.72, 0.74), "72.0 % ± 5.0"),
    ],
)
def test_two_seeds_show_their_range_and_more_an_interval(
    seeds: tuple[float, ...], told: str
) -> None:
    found = confidence_interval(seeds)
    assert words.interval(found) == told
    low, high = interval_ends(found)
    assert (low, high) != (0.0, 1.0)
    assert ("±" in words.interval_note(len(seeds))) == ("±" in told)


def test_the_main_stage_is_spread_furthest_not_the_luckiest(simulation: Simulation) -> None:
    lucky = Interval(1.0, 0.0, (1.0, 1.0))
    stages = tuple(
        replace(s, test_accuracy=lucky) if s.fraction == 0.5 else s for s in simulation.stages
    )
    main = main_stage(replace(simulation, stages=stages))
    assert (main.n_labels, main.fraction) == (12, 1.0)


def test_each_class_is_one_row_with_its_test_images(simulation: Simulation) -> None:
    table = class_table(simulation.stages[0], simulation.classes)
    assert len(table.rows) == 4
    assert [row[-1] for row in table.rows] == ["20"] * 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", "a b"), ("\x1b[31mred", "\ufffd[31mred"), ("\u202eab", "\ufffdab"), ("é中", "é中")],
)
def test_names_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert words.printable(text) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [(0.7194, "71.9 %"), (None, "–"), (float("nan"), "–"), (1.0, "100.0 %")]
)
def test_shares_are_shown_in_percent(share: float | None, shown: str) -> None:
    assert words.percent(share) == shown


def test_the_terminal_shows_the_table_in_80_columns(simulation: Simulation) -> None:
    screen = io.StringIO()
    show_results(simulation, Console(file=screen, width=80))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("all true labels" in line for line in lines)
    assert "\x1b" not in screen.getvalue()
