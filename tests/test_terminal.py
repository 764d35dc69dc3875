"""Progress bars."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from labeler.progress import SILENT, track
from labeler.terminal import TerminalProgress


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as progress, progress.task("Clustering", total=3) as task:
        task.advance(detail="loss 0.1")
    assert capsys.readouterr() == ("", "")


def test_a_bar_shows_what_is_done_and_goes_when_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(
        "labeler.terminal.Console",
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
