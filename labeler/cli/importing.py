"""import-labels: a file of labels into a run, looked over first if asked, and taken back again."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import json_flag, run_argument
from labeler.workflow.exchange.choices import ON_CONFLICT, READ, UNMARKED, WRITTEN

*_MOST, _LAST = (name for name in WRITTEN if name in READ)
_READ_BACK = f"{', '.join(_MOST)} or {_LAST}"
_HELP = f"""Take the labels of FILE into RUN: answers as answers, everything else as suggestions.

FILE is what `labeler export` writes as {_READ_BACK}, what Label
Studio exports as JSON, JSON_MIN, CSV or TSV, or has the columns index or file_name, class_name or
label, verdict (class, skip or mixed), source, confidence, annotator, answered_at (ISO 8601),
split. What does not fit is listed first; no answer of the run is replaced without --on-conflict
take. The same file a second time changes nothing.

\b
  labeler import-labels mine labels.csv --dry-run
  labeler import-labels mine tasks.json --on-conflict take
  labeler import-labels mine --undo
"""


@click.command("import-labels", help=_HELP)
@run_argument
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@click.option("--format", type=click.Choice(READ), help="[default: as the file's ending says]")
@click.option("--dry-run", is_flag=True, help="Say what the file would do, and write nothing.")
@click.option(
    "--on-conflict",
    type=click.Choice(ON_CONFLICT),
    default="keep",
    show_default=True,
    help="Where the run has another answer: keep it, or take the file's.",
)
@click.option(
    "--unmarked",
    type=click.Choice(UNMARKED),
    default="suggestions",
    show_default=True,
    help="What labels are of which the file does not say where they come from.",
)
@click.option("--add-classes", is_flag=True, help="Add the classes that the run does not have.")
@click.option(
    "--new-questions/--no-new-questions",
    "add_questions",
    default=True,
    help="Whether answers for images that no question asks about are taken.",
)
@click.option("--other-dataset", is_flag=True, help="Match another data set's labels by file name.")
@click.option("--annotator", default="", help="Who answered, where the file does not say.")
@click.option("--undo", "is_undo", is_flag=True, help="Take the newest import back; without FILE.")
@json_flag
@late_body
def import_labels() -> None:
    """Take labels into a run; ``_HELP`` says how."""
