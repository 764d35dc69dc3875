"""What is said of a known data set, and where its files are looked for."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labeler.datasets.containers.folder import FolderFiles


@dataclass(frozen=True)
class KnownDataset:
    """A data set that has a name, and whether it is here.

    Attributes
    ----------
    name : str
    description : str
        One line.
    contents : str
        Counts and shape.
    licence : str
    files : tuple of str
        What to provide; empty where it is bundled.
    status : str
        ``"bundled"``, ``"local"``, ``"cached"``, ``"download"`` (on first use) or ``"missing"``.
    place : str
        Where it is, or what to do to have it.
    """

    name: str
    description: str
    contents: str
    licence: str
    files: tuple[str, ...]
    status: str
    place: str


def find_folder(name: str, data: Path | None, is_right: Callable[[Path], bool]) -> Path | None:
    """The folder of one data set: ``data/name``, or ``data`` itself.

    Parameters
    ----------
    name : str
    data : Path or None
    is_right : callable
        Whether a folder holds the files.
    """
    if data is None:
        return None
    return next((folder for folder in (data / name, data) if is_right(folder)), None)


def known_files(folder: Path) -> FolderFiles:
    """The files of a known data set: right in its folder, or links there to where they lie."""
    return FolderFiles(folder, recursive=False, follow_links=True)


def has_any_file(folder: Path, names: Sequence[str]) -> bool:
    """Whether a folder holds one of ``names``."""
    return not set(names).isdisjoint(file_names(folder))


def file_names(folder: Path) -> tuple[str, ...]:
    """What is right in a folder; nothing where it cannot be listed."""
    try:
        return tuple(os.listdir(folder))
    except OSError:
        return ()
