"""Files that look like lists of images, but say nothing of any image that is here."""

import ntpath
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from labeler.datasets.containers.files import Files, escaped
from labeler.datasets.listings.list_rows import delimiter_of
from labeler.datasets.listings.name_index import NameIndex
from labeler.datasets.text.file_kinds import ANNOTATION_ENDINGS
from labeler.datasets.text.image_names import IMAGE_ENDINGS

_HEAD = 65_536
_ROWS = 200
_FEWEST = 2
"""Names of images in JSON or XML that make it look like a list."""

_MARKS = " \t\r\"'"


def missed_list(
    files: Files, name: str, index: NameIndex, reason: str, *, is_list: bool = False
) -> Iterator[str]:
    """A warning of a file that was not used, if it looks like a list of images.

    Parameters
    ----------
    files : Files
    name : str
    index : NameIndex
    reason : str
        Why it cannot be read; empty where it could be.
    is_list : bool
        Whether it is a list for certain.
    """
    with files.open(name) as file:
        named = _images_named(file.read(_HEAD), name)
    if not (named or is_list):
        return
    told, such = escaped(name), f" (such as {escaped(named[0][:80])})" if named else ""
    remedy = "correct the names, or put it beside them"
    if reason:
        yield f"{told} looks like a list of images{such}, but is not read: {reason}"
    elif not any(index.find(image) for image in named):
        yield f"none of the images in {told} is here{such}: {remedy}"


def names_images(head: bytes, name: str) -> bool:
    """Whether a file that begins so names images, as a list does."""
    return bool(_images_named(head[:_HEAD], name))


def folder_told(files: Files, name: str) -> str:
    """The folder that the absolute paths in a list have in common, told by its first rows.

    Nothing is looked for there: a list may come from anywhere, and name anything.

    Returns
    -------
    str
        Safe to be shown; empty where there are no such paths.
    """
    with files.open(name) as file:
        cells = _cells(file.read(_HEAD), name)
    for module in (posixpath, ntpath):
        folders = [module.dirname(cell) for cell in cells if _is_image(cell) and module.isabs(cell)]
        with suppress(ValueError):
            shared = module.commonpath(folders)
            return "" if shared == "/" else escaped(shared)
    return ""


def _cells(head: bytes, name: str) -> Sequence[str]:
    if name.lower().endswith((".jsonl", ".parquet")):
        return head.decode("utf-8", "replace").split('"')
    return [cell for row in _rows(head) for cell in row]


def _images_named(head: bytes, name: str) -> Sequence[str]:
    """The cells of the column in which most are named like images; nothing where there is none."""
    if name.lower().endswith((*ANNOTATION_ENDINGS, ".jsonl", ".parquet")):
        cells = head.decode("utf-8", "replace").split('"')
        named = [cell for cell in cells if _is_image(cell)]
        return named if len(named) >= _FEWEST else []
    rows = list(islice(_rows(head), _ROWS))
    for column in range(max(map(len, rows), default=0)):
        cells = [row[column] for row in rows if len(row) > column]
        named = [cell for cell in cells if _is_image(cell)]
        if 2 * len(named) > len(rows):
            return named
    return []


def _rows(head: bytes) -> Iterator[list[str]]:
    """Rows as well as they can be told in what may be no table, nor text in UTF-8."""
    is_wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    lines = head.decode("utf-16" if is_wide else "utf-8", "replace").splitlines()
    for line in filter(str.strip, lines):
        mark = delimiter_of(line)
        words = line.split(maxsplit=1) + line.rsplit(maxsplit=1)
        cells = line.split(mark) if mark in line else [line, *words]
        yield [cell.strip(_MARKS) for cell in cells]


def _is_image(cell: str) -> bool:
    return cell.lower().endswith(IMAGE_ENDINGS)
