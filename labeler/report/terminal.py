"""A simulation in the terminal: a table that fits 80 columns, colour only on a screen."""

from collections.abc import Iterator
from textwrap import wrap

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from labeler import words
from labeler.records import Simulation
from labeler.records.results import Verdict
from labeler.report.audits import audit_sentences, audit_table
from labeler.report.scores import main_stage
from labeler.report.tables import Table, stage_table

_GAP = 2
_ASCII = str.maketrans({"–": "-", "±": "~", "·": "|", "→": ">", "\ufffd": "?"})


def show_results(simulation: Simulation, console: Console) -> None:
    """Write the results table, with what it was run on above and the notes below.

    Parameters
    ----------
    simulation : Simulation
    console : rich.console.Console
        Decides on width and colour: none of the latter where it is not a terminal.
    """
    console.print()
    console.print(_text(_summary(simulation), console, "bold"))
    show_table(stage_table(simulation), console)
    if simulation.audit is not None:
        console.print()
        show_table(audit_table(simulation.audit), console)
    for line in _footnotes(simulation):
        console.print(Padding(_text(line, console, "dim"), (0, 0, 0, 1)))


def show_verdict(judged: Verdict, console: Console) -> None:
    """Write what labels are worth, and what else should be known, as paragraphs."""
    console.print()
    console.print(_text(" ".join(judged.sentences), console, "bold"))
    for warning in judged.warnings:
        console.print(_text(words.WARNING + warning, console, "yellow"))


def show_line(text: str, console: Console, style: str = "") -> None:
    """Write one line of text as it is."""
    console.print(_text(text, console, style), soft_wrap=True)


def show_table(table: Table, console: Console) -> None:
    """Write one table of formatted text: words flush left, figures flush right.

    Where the console is too narrow, the last column of words breaks between its words; if that
    is not enough the lines get longer than the console, as half a figure would be a wrong one.
    """
    widths = _widths(table, console.width)
    rich_table = RichTable(
        box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, width=_total(widths)
    )
    for i, (title, width) in enumerate(zip(table.header, widths, strict=True)):
        justify: JustifyMethod = "left" if i < table.n_text else "right"
        header = _broken(title, width, console)
        rich_table.add_column(header, justify=justify, width=width, vertical="bottom")
    for number, row in enumerate(table.rows, start=1):
        cells = (_text(cell, console) for cell in row)
        rich_table.add_row(*cells, end_section=number in table.breaks)
    console.print(rich_table, crop=False)


def _widths(table: Table, available: int) -> list[int]:
    columns = [
        [*title.split(), *(words.printable(row[i]) for row in table.rows)]
        for i, title in enumerate(table.header)
    ]
    widths = [max(map(cell_len, cells)) for cells in columns]
    flexible = table.n_text - 1
    longest_word = max(cell_len(word) for cell in columns[flexible] for word in cell.split())
    excess = max(0, _total(widths) - available)
    widths[flexible] = max(longest_word, widths[flexible] - excess)
    return widths


def _total(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _broken(title: str, width: int, console: Console) -> Text:
    return Text("\n").join(_text(line, console) for line in wrap(title, width))


def _summary(simulation: Simulation) -> str:
    parts = (
        simulation.dataset,
        simulation.preset,
        simulation.classifier,
        words.counted(len(simulation.seeds), "seed"),
        f"{words.seconds(simulation.seconds)} s",
    )
    return " · ".join(parts)


def _footnotes(simulation: Simulation) -> Iterator[str]:
    stage = main_stage(simulation)
    if stage is not None and (note := words.interval_note(len(stage.test_accuracy.per_seed))):
        yield note
    if simulation.audit is not None:
        yield from audit_sentences(simulation.audit)
    yield from simulation.notes


def _text(text: str, console: Console, style: str = "") -> Text:
    """``text`` as it is: no markup, no control characters, nothing the console cannot encode."""
    safe = words.printable(text)
    try:
        safe.encode(console.encoding)
    except UnicodeEncodeError:
        encoded = safe.translate(_ASCII).encode(console.encoding, "replace")
        safe = encoded.decode(console.encoding)
    return Text(safe, style=style)
