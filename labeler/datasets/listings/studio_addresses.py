"""Addresses of images in Label Studio, and the files behind them."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

_UPLOADED = re.compile(r"[0-9a-f]{8}-")


def file_name(address: str) -> str:
    """The file behind an address: ``/data/local-files/?d=a/b.png`` is ``a/b.png``.

    A file that was uploaded to Label Studio has eight digits and a dash before its name there.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if parts.scheme == "data":
        return ""
    inside = parse_qs(parts.query).get("d")
    if inside:
        return inside[0]
    path = unquote(parts.path)
    if "/upload/" in path:
        return without_upload_prefix(path.rpartition("/")[2])
    return path.lstrip("/")


def without_upload_prefix(name: str) -> str:
    """The name that a file had before it was uploaded to Label Studio."""
    return _UPLOADED.sub("", name, count=1) if _UPLOADED.match(name) else name
