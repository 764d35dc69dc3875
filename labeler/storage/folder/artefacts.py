"""Arrays, and figures as JSON, as files named by the SHA-256 of what is in them.

A file is written once and never changed, so a row that names one can trust it, equal arrays are
kept once, and a backup can check every byte. No pickle: an array of Python objects is refused.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np

from labeler.files import hash_file, write_atomically
from labeler.npy import let_go, mapped_npy, read_npy
from labeler.storage.errors import ArtefactError

_REFERENCE = re.compile(r"([0-9a-f]{64})\.(npy|json)")
_CHUNK_BYTES = 1 << 20


class ArtefactStore:
    """The folder of arrays.

    Parameters
    ----------
    folder : Path
        Created when the first array is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._verified: dict[str, tuple[int, int, int]] = {}

    def save(self, array: np.ndarray) -> str:
        """Keep an array.

        Returns
        -------
        str
            Its reference, to be put in a row: the file's name.

        Raises
        ------
        ValueError
            The array holds Python objects.
        """
        reference = hash_chunks(_npy_chunks(array)) + ".npy"
        return self._keep(reference, _npy_chunks(array))

    def save_json(self, text: bytes) -> str:
        """Keep a JSON text, as ``save`` does an array."""
        return self._keep(hash_chunks(iter([text])) + ".json", iter([text]))

    def load_json(self, reference: str) -> bytes:
        """The JSON text of that reference.

        Raises
        ------
        ArtefactError
            As ``load`` says.
        """
        self.verify(reference)
        return self.path(reference).read_bytes()

    def put(self, reference: str, chunks: Iterator[bytes]) -> None:
        """Keep the bytes of an array under the name that their content gives them.

        Raises
        ------
        ArtefactError
            The bytes are others than the name says, or something else than a file is in its place.
        """
        path = self.path(reference)
        if path.exists() and not path.is_file():
            what = "A folder" if path.is_dir() else "A pipe or device"
            raise ArtefactError(f"{what} lies where the array {reference} belongs; move it away.")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _checked(reference, chunks))
        self._verified[reference] = _signature(path)

    def save_all(self, arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
        """Keep several arrays: name to reference, ready for a row's ``artefacts``."""
        return {name: self.save(array) for name, array in arrays.items()}

    def load(self, reference: str, *, mapped: bool = False) -> np.ndarray:
        """The array of that reference.

        Parameters
        ----------
        reference : str
        mapped : bool
            Leave the values on disk and read them when they are looked at; read-only.

        Raises
        ------
        ArtefactError
            The file is missing, or its bytes are not those that were saved.
        """
        self.verify(reference)
        path = self.path(reference)
        return mapped_npy(path) if mapped else read_npy(path)

    def verify(self, reference: str) -> None:
        """Check the file's bytes, once for as long as the file stays as it is.

        Raises
        ------
        ArtefactError
        """
        path = self.path(reference)
        try:
            _require_file(path)
            signature = _signature(path)
            if self._verified.get(reference) == signature:
                return
            actual = hash_file(path)
        except FileNotFoundError:
            raise ArtefactError(f"The array {reference} is missing.") from None
        except OSError as error:
            raise ArtefactError(
                f"The array {reference} cannot be read ({error.strerror})."
            ) from error
        if actual != digest_of(reference):
            raise ArtefactError(
                f"The array {reference} is damaged: its content is not what its name promises."
            )
        self._verified[reference] = signature

    def path(self, reference: str) -> Path:
        """Where the file is.

        Raises
        ------
        ArtefactError
            The text is no reference.
        """
        if digest_of(reference) is None:
            raise ArtefactError(f"{reference!r} names no array.")
        return self.folder / reference[:2] / reference

    def references(self) -> Iterator[str]:
        """What is in the folder."""
        for path in self.folder.glob("*/*"):
            if digest_of(path.name):
                yield path.name

    def remove(self, reference: str, *, saved_before: float) -> bool:
        """Remove one array's file, unless it was saved since: nobody who saves it loses it.

        One that is old is set aside, and its age looked at again. Whoever saves it at that instant
        has made it young, so that it is put back, or finds it gone and writes it anew.

        Parameters
        ----------
        reference : str
        saved_before : float
            In seconds since the epoch.

        Returns
        -------
        bool
            Whether it was removed; a file that another program holds stays, too.
        """
        path = self.path(reference)
        aside = path.with_name(f".labeler-{secrets.token_hex(8)}.tmp")
        try:
            if path.stat().st_mtime >= saved_before:
                return False
            path.rename(aside)
            if aside.stat().st_mtime >= saved_before:
                aside.replace(path)
                return False
            aside.unlink()
        except OSError:
            return False
        self._verified.pop(reference, None)
        return True

    def require_folder(self) -> None:
        """See to it that arrays can be in the folder at all.

        Raises
        ------
        ArtefactError
            It is something else.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise ArtefactError(f"{self.folder} is not a folder, so that no array is in it.")

    def _keep(self, reference: str, chunks: Iterator[bytes]) -> str:
        with suppress(ArtefactError, FileNotFoundError):
            self.verify(reference)
            # Young again, lest upkeep removes it before a row names it.
            os.utime(self.path(reference))
            return reference
        self.put(reference, chunks)
        return reference


def digest_of(reference: str) -> str | None:
    """The SHA-256 that a reference promises; None for what is no reference."""
    match = _REFERENCE.fullmatch(reference)
    return None if match is None else match[1]


def hash_chunks(chunks: Iterator[bytes]) -> str:
    """SHA-256 of the chunks in a row, in hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _checked(reference: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != digest_of(reference):
        raise ArtefactError(f"The array {reference} changed while it was being written.")


def _npy_chunks(array: np.ndarray) -> Iterator[bytes]:
    """The bytes of the array's .npy file; they are never in memory as a whole."""
    if array.dtype.hasobject:
        raise ValueError(f"an array of type {array.dtype} holds Python objects")
    contiguous = np.ascontiguousarray(array).reshape(array.shape)
    header = BytesIO()
    np.lib.format.write_array_header_2_0(
        header, np.lib.format.header_data_from_array_1_0(contiguous)
    )
    yield header.getvalue()
    flat = contiguous.reshape(-1)
    step = max(1, _CHUNK_BYTES // max(1, flat.itemsize))
    for start in range(0, len(flat), step):
        yield flat[start : start + step].tobytes()
        let_go(array)


def _require_file(path: Path) -> None:
    """Opening a pipe would wait for ever for somebody to write into it."""
    if path.exists() and not path.is_file():
        raise ArtefactError(f"The array {path.name} cannot be read (it is not a file).")


def _signature(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_ctime_ns
