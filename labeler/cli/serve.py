"""``serve``: the pages; ``serve-model``: a model behind Label Studio."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import network_option

DEFAULT_PORT = 5175
MODEL_PORT = 9090


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    envvar="LABELER_HOST",
    show_envvar=True,
    help="Where to listen. What other machines can reach needs a password.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    envvar="LABELER_PORT",
    show_envvar=True,
)
@click.option(
    "--password",
    envvar="LABELER_PASSWORD",
    show_envvar=True,
    help="Asked of everybody who opens the pages. Better set in the environment: others on this "
    "machine can read what a command was started with.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    envvar="LABELER_ALLOW_HOST",
    show_envvar=True,
    help="A further name under which the pages are asked for; once for each.",
)
@click.option(
    "--trust-proxy",
    "proxies",
    metavar="ADDRESS",
    multiple=True,
    envvar="LABELER_TRUST_PROXY",
    show_envvar=True,
    help="The proxy in front of the pages, by its address or network: its X-Forwarded-For, "
    "-Proto, -Host and -Prefix are believed, those of others never. Once for each.",
)
@click.option(
    "--public-url",
    metavar="URL",
    envvar="LABELER_PUBLIC_URL",
    show_envvar=True,
    help="Where people find the pages behind the proxy, as https://labels.example.org.",
)
@click.option(
    "--data-root",
    "data_roots",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A folder that pages may read images from; once for each. Nothing hidden in it is read.  "
    "[default: the current one, unless it is a whole disk or other machines can reach the pages]",
)
@click.option("--open/--no-open", "open_browser", default=False, help="Open it in the browser.")
@late_body
def serve() -> None:
    """Serve the pages: make runs, name images, train, read the report.

    The address that is printed logs you in once, on this machine. Stop with Ctrl+C (or SIGTERM):
    answers under way are finished, nothing is lost, and a job under way goes on at the next start.
    """


@click.command(name="serve-model")
@click.argument("model_file", metavar="MODEL", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen. What other machines can reach needs a password.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=MODEL_PORT, show_default=True)
@click.option(
    "--password",
    envvar="LABELER_PASSWORD",
    show_envvar=True,
    help="Asked of Label Studio by basic authentication, with any user. Better set in the "
    "environment.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    envvar="LABELER_ALLOW_HOST",
    show_envvar=True,
    help="A further name under which it is asked, as host.docker.internal; once for each.",
)
@click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that Label Studio serves as local files (its "
    "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT). Nothing hidden in it is read.",
)
@click.option(
    "--label-studio",
    metavar="URL",
    help="Where Label Studio is: pictures that lie there are asked of it, with the token in "
    "LABEL_STUDIO_API_KEY.",
)
@network_option
@late_body
def serve_model() -> None:
    """Serve MODEL to Label Studio, which shows its classes as predictions.

    Connect it there under Settings > Model, with the address that is printed. The project needs
    choices about an image, whose values are the classes. Pictures are read that lie in the tasks
    themselves (data:), below --files, or at --label-studio, and no others. Stop with Ctrl+C.

    \b
      labeler serve-model mine.zip --label-studio http://localhost:8080
    """
