"""Names that a person or a data set chose, as file and folder names that every system takes."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from labeler.datasets.provenance import MANIFEST
from labeler.formats.rows import LabelRows

LONGEST = 80
"""Bytes of a name; with a number and a suffix it stays far below any system's limit."""

_LONGEST_FILE = 240
"""Bytes of a file name of the user's own: what every system stores, and a number behind it."""

_FORBIDDEN = frozenset('/\\:*?"<>|')
_UNSAFE = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
"""Categories: control, format (what turns direction or is not seen), unassigned, private, half
characters, line breaks."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_OWN_FILES = ("classes.txt", "folders.txt", MANIFEST, "provenance.csv")
"""What lies beside the folders of classes."""
_UNCHOSEN = "unnamed"
_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""All that ``str.splitlines`` splits at."""


def safe_name(text: str, longest: int = LONGEST) -> str:
    """``text`` as the name of one file or folder on Linux, macOS and Windows.

    Letters of every script stay. Separators, control characters and marks that turn the
    direction of text become ``_``; so do a leading dot and dots or spaces at the end. Two or more
    ``_`` in front become one: some tools pass over such folders, as over hidden ones.
    """
    kept = "".join(_safe_character(char) for char in _composed(text)).strip(" ")
    kept = _cut(kept, longest).rstrip(" ")
    kept = re.sub(r"^_{2,}", "_", re.sub(r"^\.+|[. ]+$", "_", kept))
    if _RESERVED.fullmatch(kept):
        kept = f"_{kept}"
    return kept or _UNCHOSEN


def safe_file_name(stem: str, ending: str) -> str:
    """The name of a file, cut where it is too long for a file system, but with all its ending."""
    ending = safe_name(f"x{ending}")[1:]
    room = _LONGEST_FILE - len(ending.encode())
    return safe_name(_cut(_composed(stem), room) + ending, _LONGEST_FILE)


def folder_names(classes: Sequence[str]) -> tuple[str, ...]:
    """A folder for each class: safe, and different even where case is not told apart."""
    taken = set(_OWN_FILES)
    folders = []
    for name in classes:
        folder = _free(safe_name(name), taken)
        taken.add(folded(folder))
        folders.append(folder)
    return tuple(folders)


def lines(names: Sequence[str]) -> bytes:
    """One name a line; a line break inside a name is written out."""
    return "".join(f"{_one_line(name)}\n" for name in names).encode()


def numbered_names(rows: LabelRows) -> list[str]:
    """A file name for each image, unique by its number: ``000042-cat.png``."""
    width = max(6, len(str(int(rows.indices.max()))) if len(rows) else 0)
    numbers = [f"{index:0{width}d}" for index in rows.indices.tolist()]
    names = rows.file_names(slice(0, len(rows)))
    if names is None:
        return [f"{number}.png" for number in numbers]
    stems = [safe_name(PurePosixPath(name.replace("\\", "/")).stem) for name in names]
    return [f"{number}-{stem}.png" for number, stem in zip(numbers, stems, strict=True)]


def folded(name: str) -> str:
    """``name`` as file systems compare it that tell neither case nor accents apart."""
    return unicodedata.normalize("NFKC", name).casefold()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))


def _safe_character(char: str) -> str:
    is_unsafe = char in _FORBIDDEN or unicodedata.category(char) in _UNSAFE
    return "_" if is_unsafe else char


def _cut(text: str, n_bytes: int) -> str:
    return text.encode()[:n_bytes].decode("utf-8", "ignore")


def _free(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while folded(candidate) in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _one_line(name: str) -> str:
    return "".join(ascii(char)[1:-1] if char in _LINE_BREAKS else char for char in name)
