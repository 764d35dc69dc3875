"""The files of networks within a model's file: put in where that is asked for, laid out to be read.

They are the same files, under ``networks/``, that would otherwise lie beside the model, known by
the same hashes. What opens a network takes a path, so they are written to a folder of this process
alone, which goes with it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from labeler.datasets.containers.archive import ZipFiles
from labeler.exceptions import ConfigError
from labeler.feature_names import LITE0
from labeler.files import hash_file
from labeler.prediction.arrays import plain_entry, refusal
from labeler.prediction.contents import Features

FOLDER = "networks/"
MOST_BYTES = (1 << 31) - 1
"""Of one file: what an ONNX model may have at most."""

_CHUNK_BYTES = 1 << 20


def require_to_put_in(recipe: Features, places: Mapping[str, Path]) -> tuple[str, ...]:
    """The names of the files that go into a model, all that its networks are read from.

    Raises
    ------
    ConfigError
        It is read from none, or one of them is not the one that the model learned with.
    """
    if not recipe.files:
        raise ConfigError(_nothing_to_put_in(recipe))
    for name, digest in recipe.files.items():
        place = places.get(name)
        if place is None or not place.is_file():
            raise ConfigError(f"The weights {name} are not there any more: put them back first.")
        if place.stat().st_size > MOST_BYTES:
            raise ConfigError(f"{name} has more than {MOST_BYTES:,} bytes: leave it beside.")
        if hash_file(place) != digest:
            raise ConfigError(f"{name} is not the file any more that the model learned with.")
    return tuple(sorted(recipe.files))


def put_in(archive: ZipFile, names: Sequence[str], places: Mapping[str, Path]) -> None:
    """Copy files into an archive, in the order of their names."""
    for name in names:
        with (
            places[name].open("rb") as source,
            archive.open(plain_entry(f"{FOLDER}{name}"), "w", force_zip64=True) as target,
        ):
            while chunk := source.read(_CHUNK_BYTES):
                target.write(chunk)


def laid_out(files: ZipFiles, source: str, recipe: Features) -> Path | None:
    """A folder with the files of networks that a model holds; None where it holds none.

    The same files lie in the same folder, however often a model is read.

    Raises
    ------
    InputError
        MODEL-4: one is missing, too large, or not the one that is told of.
    """
    if not recipe.inside:
        return None
    wanted = tuple((name, _told(recipe, name, source)) for name in sorted(recipe.inside))
    if any(name.startswith(".") for name, _ in wanted):
        raise refusal(source, "a network has a name that is none of a file")
    folder = _folder_for(wanted)
    for name, digest in wanted:
        if not (folder / name).is_file():
            _lay_out(files, source, name, digest, folder / name)
    return folder


def _told(recipe: Features, name: str, source: str) -> str:
    if name not in recipe.files:
        raise refusal(source, f"of the network {name} within, no hash is told")
    return recipe.files[name]


def _lay_out(files: ZipFiles, source: str, name: str, digest: str, place: Path) -> None:
    entry = f"{FOLDER}{name}"
    if entry not in files.names:
        raise refusal(source, f"the network {name} is missing")
    if files.size(entry) > MOST_BYTES:
        raise refusal(source, f"the network {name} has {files.size(entry):,} bytes")
    found, unsure = hashlib.sha256(), place.with_name(f"{name}.part")
    try:
        with unsure.open("wb") as target:
            for chunk in _chunks(files, entry):
                found.update(chunk)
                target.write(chunk)
        if found.hexdigest() != digest:
            raise refusal(source, f"the network {name} within is another one: its hash differs")
        unsure.replace(place)
    finally:
        unsure.unlink(missing_ok=True)


def _chunks(files: ZipFiles, entry: str) -> Iterator[bytes]:
    with files.open(entry) as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


@lru_cache(maxsize=1)
def _own_folder() -> TemporaryDirectory[str]:
    """Of this process; removed when it ends."""
    return TemporaryDirectory(prefix="labeler-networks-", ignore_cleanup_errors=True)


def _folder_for(wanted: tuple[tuple[str, str], ...]) -> Path:
    """That of a set of files, by their names and hashes."""
    key = hashlib.sha256("\n".join(map(" ".join, wanted)).encode()).hexdigest()
    folder = Path(_own_folder().name, key)
    folder.mkdir(exist_ok=True)
    return folder


def _nothing_to_put_in(recipe: Features) -> str:
    if any(part.startswith("keras:") for part in recipe.parts):
        return (
            "Keras downloaded the weights itself, and Labeler has no file of them: make the run "
            "with --weights FILE, or leave out --with-weights (Keras downloads them again)."
        )
    carried = "lite0 comes with its package" if LITE0 in recipe.parts else "it has no network"
    return f"There are no weights to put into the model: {carried}. Leave out --with-weights."
