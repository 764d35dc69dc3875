"""The imports that a run remembers, and taking one back.

An entry of the run's settings says what an import did: its operations, by which its answers can
be undone, and what was suggested before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeler.storage import answers as answer_rows
from labeler.storage import runs as run_rows
from labeler.storage.errors import NothingToUndoError
from labeler.storage.rows import RunRow
from labeler.workflow.exchange.suggestions import SETTING, restore_suggestions
from labeler.workflow.run import Run
from labeler.workflow.workspace import Transaction, Workspace

IMPORTS = "imports"
OPERATIONS = "import-"
"""What the ids of operations begin with that recorded the answers of a file."""
_KEPT_IMPORTS = 50
NOTHING_SUGGESTED: Mapping[str, Any] = {"setting": None, "artefacts": {}}
"""What ``suggestions.keep_suggestions`` gives for a run that suggested nothing."""


@dataclass(frozen=True)
class PastImport:
    """An import as a run remembers it.

    Attributes
    ----------
    at : str
        ISO 8601, UTC.
    is_undone : bool
    """

    id: int
    file: str
    format: str
    at: str
    n_answers: int
    n_suggestions: int
    is_undone: bool


def past_imports(run: Run) -> tuple[PastImport, ...]:
    """The imports of a run, the newest first."""
    return tuple(_past(one) for one in reversed(_entries(run.row)))


def undo_import(ws: Workspace, run_id: str, import_id: int | None = None) -> PastImport:
    """Take an import back: its answers, and its suggestions if no later import added to them.

    What earlier imports suggested is suggested again. Questions that came with it are gone, too;
    classes that it added stay.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    import_id : int, optional
        By default the newest that was not taken back.

    Raises
    ------
    NothingToUndoError
        There is no such import, or it was taken back.
    NotFoundError, BusyError
    """

    def work(session: Transaction) -> PastImport:
        run = run_rows.hold(session, run_id)
        past = _entries(run)
        standing = [one for one in past if not one["is_undone"]]
        chosen = [one for one in standing if import_id in (None, one["id"])]
        if not chosen:
            raise NothingToUndoError("There is no import left to take back.")
        entry = chosen[-1]
        for one in reversed(entry["operations"]):
            _undo_operation(session, run_id, one["op_id"], one["annotator"])
        undone = {**entry, "is_undone": True}
        _keep(session, run_id, [undone if one is entry else one for one in past])
        if (run.settings.get(SETTING) or {}).get("import") == entry["id"]:
            restore_suggestions(session, run_id, _suggested_before(entry, past))
        return _past(undone)

    return ws.database.write(work)


def next_import_id(run: RunRow) -> int:
    """A number that no import has that the run remembers."""
    return max((int(one["id"]) for one in _entries(run)), default=0) + 1


def remember(session: Transaction, run: RunRow, entry: Mapping[str, Any]) -> None:
    """Keep the entry of a new import; the oldest make room."""
    _keep(session, run.id, [*_entries(run), entry][-_KEPT_IMPORTS:])


def _entries(run: RunRow) -> list[Mapping[str, Any]]:
    return list(run.settings.get(IMPORTS, ()))


def _keep(session: Transaction, run_id: str, entries: Sequence[Mapping[str, Any]]) -> None:
    run_rows.update_run(session, run_id, settings={IMPORTS: list(entries)})


def _undo_operation(session: Transaction, run_id: str, op_id: str, annotator: str) -> None:
    """Take one operation back, if nobody did."""
    standing = {one.op_id for one in answer_rows.history(session, run_id) if not one.is_undone}
    if op_id in standing:
        answer_rows.undo(session, run_id, f"undo-{op_id}", annotator, target=op_id)


def _suggested_before(
    entry: Mapping[str, Any], past: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """What the run suggested before an import, and before older ones that were taken back too."""
    undone = {one["id"]: one for one in past if one["is_undone"]}
    before: Mapping[str, Any] = entry.get("before", NOTHING_SUGGESTED)
    while (older := undone.get((before["setting"] or {}).get("import"))) is not None:
        before = older.get("before", NOTHING_SUGGESTED)
    return before


def _past(entry: Mapping[str, Any]) -> PastImport:
    names = ("id", "file", "format", "at", "n_answers", "n_suggestions", "is_undone")
    return PastImport(**{name: entry[name] for name in names})
