"""What the export form asks for, as it comes in an address or a body."""

from flask import abort
from werkzeug.datastructures import MultiDict

from labeler.formats import Format, Images, format_named
from labeler.formats.base import HeldOut
from labeler.words import whole_number
from labeler.workflow.exchange.export_request import ExportFilter, ExportRequest

FIELDS = (
    "source",
    "class",
    "min_confidence",
    "calibrated",
    "cluster",
    "fraction",
    "threshold",
    "validation",
    "images",
    "files",
    "skip_missing",
    "test",
    "raw",
    "zip",
)
"""What a download is told, beside its format."""
MOST_CLUSTERS = 10_000


def export_request(run_id: str, fields: MultiDict[str, str]) -> ExportRequest:
    """The request, with every filter; an empty field is one that was not given.

    Where the format leaves it open whether images are in the set, ``images`` says so: a box that
    is not ticked is not sent. ``files`` (or ``images`` itself) is one of
    ``choices.IMAGES``. ``test`` is ``yes`` or ``no``; a format that has no place for what
    is held out, or no CSV in it, does not look at ``test`` or ``raw``: the form has one box for
    all formats.

    Raises
    ------
    ConfigError
        A value is not one of those there are.
    """
    format = format_named(fields.get("format") or "csv")
    wanted = ExportFilter(
        sources=fields.getlist("source") or None,
        classes=fields.getlist("class") or None,
        min_confidence=_number(fields, "min_confidence"),
        clusters=_clusters(fields.get("cluster", "")) or None,
    )
    return ExportRequest(
        run_id,
        format.name,
        wanted,
        fraction=_number(fields, "fraction"),
        threshold=_number(fields, "threshold"),
        with_images="images" in fields if format.images is Images.OPTIONAL else None,
        validation=_number(fields, "validation"),
        with_test=_test(fields, format),
        raw="raw" in fields and format.has_csv,
        images=_images(fields, format),
        skip_missing="skip_missing" in fields,
        calibrated="calibrated" in fields,
    )


def _images(fields: MultiDict[str, str], format: Format) -> str | None:
    """Which files they are; ``yes``, as a box sends it, leaves that open."""
    chosen = fields.get("files") or fields.get("images", "")
    is_wanted = format.images is Images.ALWAYS or (
        format.images is Images.OPTIONAL and "images" in fields
    )
    return chosen if is_wanted and chosen not in ("", "yes") else None


def _test(fields: MultiDict[str, str], format: Format) -> bool | None:
    # A box that is not ticked is not sent; the "no" before it always is.
    chosen = fields.getlist("test")
    return "yes" in chosen if chosen and format.held_out is not HeldOut.NEVER else None


def _number(fields: MultiDict[str, str], name: str) -> float | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= 1:
        abort(400, f"{name} is {text[:40]}; it must be from 0 to 1.")
    return value


def _clusters(text: str) -> list[int]:
    """Numbers, separated by commas or spaces."""
    texts = text.replace(",", " ").split()
    if len(texts) > MOST_CLUSTERS:
        abort(400, f"{len(texts):,} clusters asked for; at most {MOST_CLUSTERS:,}.")
    numbers = [number for word in texts if (number := whole_number(word, 9)) is not None]
    if len(numbers) < len(texts):
        abort(400, f"cluster is {text[:40]}; it must be numbers, separated by commas.")
    return numbers
