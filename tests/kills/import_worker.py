"""A process that imports labels and takes them back, again and again, until it is killed."""

from pathlib import Path
from typing import Any

from labeler.workflow.exchange import importing
from labeler.workflow.exchange.import_history import undo_import
from labeler.workflow.exchange.importing import ImportOptions, import_labels, read_labels
from labeler.workflow.exchange.suggestions import keep_suggestions
from labeler.workflow.workspace import open_workspace
from tests.kills.answer_server import Trap, watch_commits

OPTIONS = ImportOptions(add_classes=True)


def work(
    instance: Path, run_id: str, file: Path, armed: str | None, fault: bool, port: Any
) -> None:
    """The body of the process; says when it begins, and nothing more."""
    if fault:
        plant_fault()
    ws = open_workspace(instance)
    watch_commits(ws.database, Trap(armed))
    labels = read_labels(file)
    port.send("begun")
    while True:
        import_labels(ws, run_id, labels, OPTIONS)
        undo_import(ws, run_id)


def plant_fault() -> None:
    """Commit halfway: the harness must notice."""

    def keep_late(session: Any, *rest: Any) -> None:
        session.commit()
        keep_suggestions(session, *rest)

    setattr(importing, "keep_suggestions", keep_late)  # noqa: B010 - it is imported there
