"""The files of a report, each put in its place whole, one after the other."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from labeler.files import write_atomically
from labeler.progress import Progress, track

Content = Callable[[], bytes | Iterable[bytes]]
"""Makes a file's bytes when it is its turn: all of them, or chunk by chunk."""


def write_files(
    directory: Path, contents: Mapping[str, Content], progress: Progress, title: str
) -> list[Path]:
    """Write each file of ``contents``, whole or not at all.

    Parameters
    ----------
    directory : Path
        Made if it is not there. Files of the same names are replaced.
    contents : mapping of str to callable
        By file name, in the order they are written.
    progress : Progress
    title : str
        What is being done, in words.

    Returns
    -------
    list of Path
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in track(list(contents.items()), progress, title):
        write_atomically(directory / name, content())
    return [directory / name for name in contents]
