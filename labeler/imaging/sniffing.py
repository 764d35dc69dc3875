"""What the first bytes of a file say it is, whatever its name claims."""

from codecs import BOM_UTF8

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"BM", "BMP"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x93NUMPY", "NPY"),
    (b"8BPS", "PSD"),
    (b"%PDF", "PDF"),
    (b"%!PS", "EPS"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\x89HDF", "HDF5"),
    (b"PAR1", "Parquet"),
    (b"MATLAB ", "MATLAB"),
    (b"ARROW1", "Arrow"),
    (b"SQLite format 3", "SQLite"),
    (b"BZh", "bzip2"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\xfd7zXZ", "xz"),
)
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_PICKLES = (b"\x02", b"\x03", b"\x04", b"\x05")
_PRINTABLE = frozenset(range(32, 127)) | frozenset(b"\t\r\n\f")


def content_kind(head: bytes) -> str:
    """Name the kind of file that starts with ``head``.

    Parameters
    ----------
    head : bytes
        The first bytes of the file; 512 are plenty.

    Returns
    -------
    str
        Such as ``"PNG"``, ``"zip"`` or ``"HTML"``; ``"text"``, ``"empty"`` or
        ``"unknown binary data"`` where there is nothing more to say.
    """
    if not head:
        return "empty"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[:1] == b"\x80" and head[1:2] in _PICKLES:
        return "a pickle"
    if head[4:8] == b"ftyp":
        return _boxed_kind(head)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    return _text_kind(head[:512])


def _boxed_kind(head: bytes) -> str:
    """A file of boxes says in the first one what it is, and what it can be read as."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIC" if brands & _HEIC else "a film"


def _text_kind(head: bytes) -> str:
    text = head.removeprefix(BOM_UTF8).lstrip()
    if not set(text) <= _PRINTABLE:
        return "unknown binary data"
    lowered = text.lower()
    if b"<svg" in lowered:
        return "SVG"
    if lowered.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if lowered.startswith(b"<?xml"):
        return "XML"
    return "text"


def ending_of(head: bytes) -> str:
    """What the name of an image file ends with that begins so; nothing for anything else."""
    endings = {"JPEG": ".jpg", "TIFF": ".tif"}
    kind = content_kind(head)
    others = f".{kind.lower()}" if kind in ("PNG", "BMP", "GIF", "WebP", "AVIF", "HEIC") else ""
    return endings.get(kind, others)


def is_deep_png(head: bytes) -> bool:
    """Whether a file begins as a PNG of 16 bits does."""
    return head.startswith(b"\x89PNG") and head[24:25] == b"\x10"
