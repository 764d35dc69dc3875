"""``datasets``: what is known by name, and which of it is here."""

import click

from labeler.cli.late import late_body
from labeler.cli.options import data_option


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@late_body
def datasets() -> None:
    """List the known data sets, and which of them are here."""
