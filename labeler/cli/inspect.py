"""``inspect``: what a folder or file would be read as."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import correction_options, data_option, strict_option


@click.command()
@click.argument("path")
@data_option
@strict_option
@correction_options
@click.option(
    "--files", "with_files", is_flag=True, help="Also the file names, in the order of the images."
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write it to this file; - for standard output.",
)
@late_body
def inspect() -> None:
    """Say what PATH would be read as, before anything is written.

    PATH is a folder, a zip or tar, a CSV, NPZ, IDX or Parquet file of your own, or a known name:
    everything that `labeler new` takes. Shown are the parts, the classes with their counts, what is
    left out and why, and signs that it may be meant otherwise. The order of --files is the order of
    rows that a file of embeddings must have.

    What is read otherwise than it is meant is put right by the options from --ignore on, which
    `new`, `simulate` and `explore` take, too.

    \b
      labeler inspect my-images/
      labeler inspect my-images/ --ignore raw --test-part day3 --class-folder last
      labeler inspect my-images.zip --files --json -
    """
