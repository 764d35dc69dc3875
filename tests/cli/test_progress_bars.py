"""Progress bars."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.progress import SILENT, Speed, duration_words, rate_words, track


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as progress, progress.task("Clustering", total=3) as task:
        task.advance(detail="loss 0.1")
    assert capsys.readouterr() == ("", "")


def test_where_nobody_sees_bars_a_line_comes_every_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Speed, "words", lambda *_: "38 a second, 21 min left")
    said = ""
    with TerminalProgress(pause=0.01) as progress, progress.task("Reading", total=50_000) as task:
        task.advance(1234, detail="of many")
        while said.count("\n") < 2:
            said += capsys.readouterr().err
    line = "Reading: 1,234 of 50,000, 38 a second, 21 min left, of many"
    assert said.splitlines()[:2] == [line, line]


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_speed_is_that_of_late() -> None:
    clock = Clock()
    speed = Speed(clock)
    assert speed.words(0, 1000) == ""
    clock.seconds = 5.0
    speed.note(600)  # known already: they go by in no time
    for _ in range(200):
        clock.seconds += 1.0
        speed.note(600 + int(clock.seconds - 5))
    assert speed.words(800, 1000) == "1.0 a second, 3 min left"
    assert speed.words(800, None) == "1.0 a second"


def test_nothing_is_guessed_from_the_start_of_a_step() -> None:
    clock = Clock()
    speed = Speed(clock)

    def told_at(seconds: float, done: int) -> str:
        clock.seconds = seconds
        speed.note(done)
        return speed.words(done, 1000)

    assert [told_at(3.9, 0), told_at(4.0, 1), told_at(7.0, 15), told_at(8.9, 24)] == [""] * 4
    assert told_at(14.0, 48) == "4.7 a second, 3 min left"


def test_slow_units_are_waited_for_but_not_for_ever() -> None:
    clock = Clock()
    speed = Speed(clock)
    speed.note(1)
    for minute in range(2):
        clock.seconds = 10.0 + 30.0 * minute
        speed.note(2 + minute)
        assert bool(speed.words(2 + minute, 60)) == bool(minute)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(1234.5, "1,234 a second"), (38.4, "38 a second"), (3.44, "3.4 a second"),
     (0.5, "30 a minute"), (0.02, "1.2 a minute")],
)  # fmt: skip
def test_rates_are_said_with_as_many_digits_as_they_are_worth(rate: float, words: str) -> None:
    assert rate_words(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (40, "40 s"), (89, "89 s"), (90, "2 min"), (1260, "21 min"),
     (7500, "2 h 05 min")],
)  # fmt: skip
def test_what_is_left_is_said_as_exactly_as_it_is_known(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_a_bar_shows_what_is_done_and_goes_when_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(
        "labeler.cli.heavy.progress_bars.Console",
        lambda stderr: Console(file=screen, force_terminal=True, width=120),
    )
    progress = TerminalProgress()
    with progress:
        with progress.task("Clustering", total=3) as task:
            task.advance(2, detail="nearly there")
            progress._bars.refresh()
        assert progress._bars.tasks == []
    shown = screen.getvalue()
    assert "Clustering" in shown
    assert "2/3" in shown
    assert "nearly there" in shown


def test_tracking_yields_everything_and_counts_it() -> None:
    assert list(track([1, 2, 3], SILENT, "Counting")) == [1, 2, 3]
    with Progress(disable=True) as bars:
        progress = TerminalProgress()
        progress._bars = bars
        counted = []
        for _ in track("abcd", progress, "Letters"):
            counted.append(bars.tasks[0].completed)
    assert counted == [0, 1, 2, 3]
