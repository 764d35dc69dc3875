"""``audit``, done."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from labeler import words
from labeler.cli.heavy.opening import finish, opened_workspace
from labeler.cli.heavy.showing import print_json, print_table, show_versions
from labeler.cli.options import STANDARD_OUTPUT, command_line, require_writable
from labeler.files import write_atomically
from labeler.records import UNLABELED
from labeler.report.tables import Table
from labeler.storage.rows import AnswerSource
from labeler.typed_json import json_text
from labeler.workflow.audit.answers import answer_by_oracle, ask_more, go_on
from labeler.workflow.audit.begin import begin_audit, judged_labels
from labeler.workflow.audit.certificate import Certificate, certificate, images_csv
from labeler.workflow.audit.certificate_page import certificate_html, from_to
from labeler.workflow.audit.figures import AuditFigures, figure_of_labels, newest_figures
from labeler.workflow.audit.kept import RunAudit, audit_among, audit_of, audits_of
from labeler.workflow.audit.listed import ListedAudit, listed
from labeler.workflow.audit.telling import audit_line, in_words
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import find_run
from labeler.workflow.spread.spreading import request_spread
from labeler.workflow.training.last_trained import choose_set
from labeler.workflow.training.versions import versions_of
from labeler.workflow.workspace import Workspace

SHORT_HASH = 12


def audit(
    run_name: str,
    n_answers: int,
    answerer: str | None,
    only_show: bool,
    is_new: bool,
    more_of: str | None,
    is_list: bool,
    number: int | None,
    json_file: Path | None,
    csv_file: Path | None,
    certificate: Path | None,
) -> None:
    """Go on with the audit of a run, show what is known, and write that where asked for."""
    beside = () if certificate is None else tuple(_beside(certificate).values())
    require_writable(None, json_file, csv_file, *beside)
    if json_file == csv_file == STANDARD_OUTPUT:
        raise click.UsageError("--json - and --csv - would mix on standard output.")
    asks_nothing = only_show or is_list or number is not None
    if asks_nothing and (is_new or more_of):
        raise click.UsageError("--new and --more-of ask; --show, --list and --number do not.")
    with opened_workspace() as ws:
        run = open_run(ws, find_run(ws, run_name).id)
        run.require_prepared()
        if is_list:
            _list(ws, run, json_file)
            return
        _spread(ws, run)
        answers = answerer or run.row.answerer.value
        if more_of is not None:
            _ask_more(ws, run, more_of, answers)
        elif not asks_nothing:
            _ask(ws, run, n_answers, answers, is_new=is_new)
        audit = _shown(ws, run.id, number)
        figures = newest_figures(audit)
        told = None if figures is None else _told(figures)
        if STANDARD_OUTPUT not in (json_file, csv_file):
            _show(run, audit, figures, told)
        if figures is None or told is None:
            _require_nothing(json_file, csv_file, certificate)
            return
        _write(figures, told, json_file, csv_file)
        if certificate is not None:
            _certify(figures, told, certificate)


def _spread(ws: Workspace, run: Run) -> None:
    """Labels that take seconds to spread are kept, so that nobody waits for them twice."""
    settings = choose_set(run).settings
    if settings.plugin.takes_fraction:
        return
    job = request_spread(ws, run.id, settings.threshold, settings.method)
    if job is not None:
        finish(ws, job)


def _ask(ws: Workspace, run: Run, n_answers: int, answerer: str, *, is_new: bool) -> None:
    _require_truth(run, answerer)
    audit = audit_of(run)
    row = None if audit is None else audit.row
    if row is None or is_new or row.released_at is not None:
        row = begin_audit(ws, run.id)
    if answerer == AnswerSource.ORACLE:
        go_on(ws, run.id, row.number, n_answers)
        answer_by_oracle(ws, run.id, row.number)


def _require_truth(run: Run, answerer: str) -> None:
    if answerer == AnswerSource.ORACLE and (run.true_labels == UNLABELED).all():
        raise click.UsageError(
            f"An oracle answers from true labels, and the images of {run.row.name!r} have none: "
            "name them in the browser (labeler serve, then Check), or give --answerer human."
        )


def _ask_more(ws: Workspace, run: Run, class_name: str, answerer: str) -> None:
    _require_truth(run, answerer)
    audit = audit_of(run)
    if audit is None:
        raise click.UsageError(f"--more-of goes on with an audit: labeler audit {run.id}, first.")
    number, class_id = audit.row.number, run.class_named(class_name).id
    ask_more(ws, run.id, number, class_id)
    if answerer == AnswerSource.ORACLE:
        answer_by_oracle(ws, run.id, number)


def _shown(ws: Workspace, run_id: str, number: int | None) -> RunAudit | None:
    if number is None:
        return audit_of(open_run(ws, run_id))
    return audit_among(audits_of(open_run(ws, run_id)), number)


def _list(ws: Workspace, run: Run, json_file: Path | None) -> None:
    rows = listed(audits_of(run))
    if json_file == STANDARD_OUTPUT:
        print_json(rows)
    elif json_file is not None:
        write_atomically(json_file, _json(rows))
    elif rows:
        print_table(_list_table(rows))
        _say_certificate(run, rows)
    else:
        click.echo(f"No audit yet: labeler audit {run.id}")


def _say_certificate(run: Run, rows: Sequence[ListedAudit]) -> None:
    """How to get the paper of the last one that has a figure."""
    for row in rows:
        if row.estimate is not None:
            paper = f"labeler audit {run.id} --number {row.number} --certificate FILE.html"
            click.echo(f"The certificate of audit {row.number}: {paper}")
            return


def _told(figures: AuditFigures) -> Certificate:
    audit = figures.audit
    if not audit.is_newest:
        return certificate(figures)
    return certificate(figures, figure_of_labels(audit.run, figures, judged_labels(audit.run)))


def _show(
    run: Run, audit: RunAudit | None, figures: AuditFigures | None, told: Certificate | None
) -> None:
    if figures is not None and told is not None:
        click.echo(in_words(figures))
        print_table(_class_table(told))
        _say_beside(told)
        show_versions(versions_of(run))
    if audit is None:
        click.echo(f"No audit yet: labeler audit {run.id}")
    elif audit.is_released:
        click.echo(
            "Its answers were released, and labels made since may have learned from them: these "
            f"figures are of the labels before. Another one: labeler audit {run.id} --new"
        )
    elif audit.n_open and audit.is_newest:
        twice = f" ({words.count(audit.n_twice)} images come twice)" if audit.n_twice else ""
        click.echo(
            f"{words.counted(audit.n_open, 'answer')} missing until the next figure{twice}, in "
            "the browser: labeler serve, then Check"
        )
        line = audit_line(audit.run) if figures is None else None
        if line is not None:
            click.echo(f"Until then an earlier one counts. {line}")


def _say_beside(told: Certificate) -> None:
    if told.classifier is not None and told.classifier.n:
        right = words.share_of(told.classifier.estimate, told.classifier.n)
        click.echo(f"The classifier's predictions: {right} ({from_to(told.classifier)})")
    if told.later is not None:
        right = words.share_of(told.later.estimate, told.later.n)
        click.echo(f"The labels of now, by the same answers: {right} ({from_to(told.later)})")
    if told.skipped:
        low, high = told.if_skipped_wrong.estimate, told.if_skipped_right.estimate
        click.echo(
            f"Skipped: {told.skipped:,}; {words.percent(low)} if all of these are wrong, "
            f"{words.percent(high)} if all are right"
        )
    if told.none_of_these:
        counted = words.counted(told.none_of_these, "image")
        click.echo(f"Of no class of the run: {counted}; their labels count as wrong")
    if told.beside:
        counted = words.counted(told.beside, "image")
        click.echo(f"Asked about beside, for their class alone: {counted}")
    if told.low == told.high:
        return
    if told.needed is not None and told.needed <= told.n:
        click.echo("It is known to 3 points or better.")
    elif told.needed is not None:
        click.echo(f"For give or take 3 points: {words.counted(told.needed, 'image')} in all")


def _class_table(told: Certificate) -> Table:
    rows = (
        (
            words.printable(part.class_),
            words.count(part.size),
            words.count(part.n),
            words.share_of(part.estimate, part.n),
            from_to(part),
        )
        for part in told.by_class
    )
    return Table(("Class", "Labels", "Named", "Right", "Interval"), tuple(rows))


def _list_table(audits: Sequence[ListedAudit]) -> Table:
    rows = (
        (
            str(audit.number),
            str(audit.begun_at.date()),
            audit.label_set[:SHORT_HASH],
            words.count(audit.n),
            words.share_of(audit.estimate, audit.n),
            from_to(audit),
            "yes" if audit.released else "no",
        )
        for audit in audits
    )
    header = ("Audit", "Begun", "Label set", "Named", "Right", "Interval", "Released")
    return Table(header, tuple(rows), n_text=3)


def _require_nothing(*files: Path | None) -> None:
    if any(file is not None for file in files):
        raise click.UsageError("There is no figure to write before 50 images are named.")


def _write(
    figures: AuditFigures, told: Certificate, json_file: Path | None, csv_file: Path | None
) -> None:
    if json_file == STANDARD_OUTPUT:
        print_json(told)
    elif json_file is not None:
        write_atomically(json_file, _json(told))
    if csv_file == STANDARD_OUTPUT:
        click.echo(images_csv(figures), nl=False)
    elif csv_file is not None:
        write_atomically(csv_file, images_csv(figures))


def _certify(figures: AuditFigures, told: Certificate, path: Path) -> None:
    files = _beside(path)
    page = certificate_html(told, command_line())
    write_atomically(files["html"], page.encode("utf-8", "replace"))
    write_atomically(files["json"], _json(told))
    write_atomically(files["csv"], images_csv(figures))


def _beside(page: Path) -> dict[str, Path]:
    """The page, and the files of its name beside it."""
    if page.suffix not in (".html", ".htm"):
        raise click.UsageError(f"--certificate is {page.name}; it must end with .html.")
    return {"html": page, "json": page.with_suffix(".json"), "csv": page.with_suffix(".csv")}


def _json(values: Any) -> bytes:
    text = json_text(values, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")
