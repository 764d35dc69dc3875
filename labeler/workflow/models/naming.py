"""A few pictures named by a model, in a process that ends with it; none of them is kept."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Any, Protocol

from labeler.datasets.text.image_names import is_image_name
from labeler.exceptions import InputError, LabelerError, TooBusyError
from labeler.sandbox.children import DEVNULL, PIPE, start_python

MOST_PICTURES = 48
MOST_BYTES = 50_000_000
SECONDS = 120
AT_ONCE = 1
"""Children that look at pictures: each has a model and libraries in memory, and a thread of the
server waits for it."""
PATIENCE = 10
"""Seconds that somebody else's pictures are waited for."""

_CHILD = "labeler.prediction.child"


class Upload(Protocol):
    """A file that somebody sent."""

    filename: str | None

    def save(self, dst: Any) -> None:
        """Write it to a path."""


def name_pictures(
    model: Path, uploads: Iterable[Upload], folder: Path, networks: Sequence[Path] = ()
) -> dict[str, Any]:
    """Have a model name pictures that were sent.

    Parameters
    ----------
    model : Path
        Its file.
    uploads : iterable of Upload
    folder : Path
        Where they lie until they are named; made if need be.
    networks : sequence of Path
        Files of networks that the model looks with.

    Returns
    -------
    dict
        ``rows``, one a picture in the order sent: ``file_name`` and ``problem``, or ``class_name``,
        ``confidence``, ``second_class``, ``second_confidence``, ``distance``, ``unfamiliar`` and
        ``thumbnail`` (a PNG file in Base64); and a ``note`` on all of them.

    Raises
    ------
    InputError
        PRED-1: there are none, or too many.
    TooBusyError
        Others are being named all the while.
    LabelerError
        The model says why, or it takes too long.
    """
    sent = [upload for upload in uploads if upload.filename]
    if not 1 <= len(sent) <= MOST_PICTURES:
        raise InputError(
            "PRED-1",
            "upload",
            found=f"{len(sent):,} pictures",
            expected=f"1 to {MOST_PICTURES} pictures",
            remedy="Choose some; for many, use labeler predict.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with _turn(), TemporaryDirectory(prefix="pictures-", dir=folder) as place:
        names = {}
        for number, upload in enumerate(sent):
            shown = str(upload.filename).replace("\\", "/").rpartition("/")[2]
            ending = Path(shown).suffix.lower() if is_image_name(shown) else ".png"
            names[f"{number:04}{ending}"] = shown
            upload.save(Path(place, f"{number:04}{ending}"))
        said = _asked(model, Path(place), networks)
    for row in said["rows"]:
        row["file_name"] = names[row["file_name"]]
    return said


_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other pictures are named, but not so long that pages come to a halt."""
    if not _turns.acquire(timeout=PATIENCE):
        raise TooBusyError("Other pictures are being named just now; try again in a moment.")
    try:
        yield
    finally:
        _turns.release()


def _asked(model: Path, place: Path, networks: Sequence[Path]) -> dict[str, Any]:
    child = start_python(
        _CHILD,
        str(model),
        str(place),
        *map(str, networks),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        environment=dict(os.environ),
    )
    try:
        out, _ = child.communicate(timeout=SECONDS)
        said: dict[str, Any] = json.loads(out)
    except (OSError, ValueError) as error:
        raise LabelerError("The pictures could not be named; try fewer of them.") from error
    except BaseException as error:
        child.kill()
        child.communicate()
        if isinstance(error, Exception):
            raise LabelerError("Naming the pictures takes too long; try fewer of them.") from error
        raise
    if "error" in said:
        raise LabelerError(said["error"])
    return said
