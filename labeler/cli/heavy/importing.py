"""``import-labels``, done."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from labeler.cli.heavy.opening import opened_workspace
from labeler.cli.heavy.showing import print_json
from labeler.words import counted, printable
from labeler.workflow.exchange import importing
from labeler.workflow.exchange.import_history import PastImport, undo_import
from labeler.workflow.exchange.importing import Imported, ImportOptions, ImportPlan
from labeler.workflow.run import open_run
from labeler.workflow.runs import find_run

SHOWN = 20


def import_labels(
    run_name: str,
    file: Path | None,
    format: str | None,
    dry_run: bool,
    annotator: str,
    is_undo: bool,
    as_json: bool,
    **choices: Any,
) -> None:
    """Take a file into a run, or the newest one back; first say what does not fit."""
    if is_undo == (file is not None):
        raise click.UsageError("Give a FILE, or --undo without one.")
    with opened_workspace() as ws:
        run_id = find_run(ws, run_name).id
        if file is None:
            _show_undone(undo_import(ws, run_id), as_json)
            return
        options = importing.ImportOptions(**choices)
        labels = importing.read_labels(file, format)
        plan = importing.plan_import(open_run(ws, run_id), labels, options)
        if not as_json:
            _show_plan(plan, options)
        done = None
        if not dry_run:
            done = importing.import_labels(
                ws, run_id, labels, options, annotator=annotator, confirmed=plan.fingerprint
            )
    _show_end(plan, done, as_json)


def _show_plan(plan: ImportPlan, options: ImportOptions) -> None:
    """Everything that does not fit, before anything is written."""
    for note in plan.notes:
        click.echo(printable(note))
    if plan.other_dataset:
        click.echo("These labels are about another data set.")
    if plan.conflicts:
        ends = "overwritten" if options.on_conflict == "take" else "kept"
        click.echo(f"{counted(len(plan.conflicts), 'answer')} of the run {ends}:")
        lines = (
            f"image {clash.image}: {clash.standing_name} here, {clash.name} in row {clash.row}"
            for clash in plan.conflicts
        )
        _list(lines, len(plan.conflicts))
    if plan.unknown_classes:
        ends = "added" if options.add_classes else "left out without --add-classes"
        n_unknown = counted(len(plan.unknown_classes), "class", "classes")
        click.echo(f"{n_unknown} not in the run, {ends}:")
        _list(
            (f"{name}: {counted(n, 'label')}" for name, n in plan.unknown_classes.items()),
            len(plan.unknown_classes),
        )
    if plan.misfits:
        click.echo(f"{counted(len(plan.misfits), 'row')} without an image of the run:")
        _list(
            (f"row {misfit.row}: {misfit.image}, {misfit.why}" for misfit in plan.misfits),
            len(plan.misfits),
        )


def _list(lines: Any, n: int) -> None:
    for _, line in zip(range(SHOWN), lines, strict=False):
        click.echo(f"  {printable(line)}")
    if n > SHOWN:
        click.echo(f"  and {n - SHOWN:,} more; --json lists all")


def _show_undone(undone: PastImport, as_json: bool) -> None:
    if as_json:
        print_json({"undone": undone.file, "n_answers": undone.n_answers})
    else:
        taken_back = counted(undone.n_answers, "answer")
        click.echo(f"Took back {printable(undone.file)}: {taken_back}, and what it suggested.")


def _show_end(plan: ImportPlan, done: Imported | None, as_json: bool) -> None:
    if as_json:
        print_json(_values(plan) | ({} if done is None else {"imported": asdict(done)}))
    elif done is None:
        click.echo(
            f"Would record {counted(len(plan.answers), 'answer')} and suggest "
            f"{counted(plan.n_suggestions, 'label')}; nothing was written."
        )
    elif done.import_id is None:
        click.echo(done.why_nothing)
    else:
        click.echo(
            f"{counted(done.n_answers, 'answer')} recorded ({done.n_replaced:,} replaced, "
            f"{done.n_new_questions:,} nobody asked for), {done.n_same:,} known already, "
            f"{counted(done.n_suggestions, 'suggestion')}, {counted(done.n_left_out, 'row')} left "
            "out."
        )


def _values(plan: ImportPlan) -> dict[str, Any]:
    """The plan for programs, every conflict and misfit in it."""
    return {
        "format": plan.format,
        "n_labels": plan.n_labels,
        "n_unlabeled": plan.n_unlabeled,
        "n_unmarked": plan.n_unmarked,
        "n_answers": len(plan.answers),
        "n_same": plan.n_same,
        "n_new_questions": len(plan.new_images),
        "n_not_asked": plan.n_not_asked,
        "n_suggestions": plan.n_suggestions,
        "other_dataset": plan.other_dataset,
        "conflicts": [
            {
                "row": clash.row,
                "image": clash.image,
                "run": clash.standing_name,
                "file": clash.name,
            }
            for clash in plan.conflicts
        ],
        "unknown_classes": dict(plan.unknown_classes),
        "misfits": [asdict(misfit) for misfit in plan.misfits],
        "notes": list(plan.notes),
    }
