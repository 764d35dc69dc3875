"""A model as a file: a zip of ``model.json`` and plain arrays, in which nothing can be run."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn
from zipfile import ZIP_STORED, ZipFile

import msgspec
import numpy as np

from labeler import __version__
from labeler.datasets.classes import has_hidden_characters
from labeler.datasets.containers.archive import ZipFiles
from labeler.datasets.containers.files import escaped, open_file
from labeler.exceptions import InputError, LabelerError
from labeler.files import new_file
from labeler.learning.familiarity import FALSE_ALARMS
from labeler.plugins import CLASSIFIERS
from labeler.prediction.arrays import plain_entry, read_arrays, refusal, write_array
from labeler.prediction.assembling import arrays_of, model_of
from labeler.prediction.contents import (
    FORMAT,
    MAX_VALUE,
    VERSION,
    Contents,
    Head,
    Pictures,
    Unfamiliar,
)
from labeler.prediction.model import Model
from labeler.prediction.self_test import require_same
from labeler.prediction.weights import laid_out, put_in, require_to_put_in

CONTENTS = "model.json"
MAX_CONTENTS_BYTES = 16_000_000
MAX_ENTRIES = 300

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "Pillow", "keras", "tensorflow", "onnxruntime")
_MISFITS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    TypeError,
    ValueError,
)
"""What arrays that do not belong together make their readers stumble over."""


def write_model(model: Model, path: Path, *, with_weights: bool = False) -> None:
    """Write a model, whole or not at all; the same model is the same bytes.

    Parameters
    ----------
    model : Model
    path : Path
        In a folder that exists; a file there is replaced.
    with_weights : bool
        Whether the files of its networks go into it, which whoever gives it to others must be
        allowed to.

    Raises
    ------
    ConfigError
        Its classifier cannot tell what it learned; or it has no file of weights, or another one.
    OSError
        The place cannot be written to.
    """
    arrays = arrays_of(model)
    inside = require_to_put_in(model.recipe, model.places) if with_weights else ()
    model = replace(model, recipe=msgspec.structs.replace(model.recipe, inside=inside))
    with new_file(path) as file, ZipFile(file, "w", ZIP_STORED) as archive:
        entries = {name: write_array(archive, name, arrays[name]) for name in sorted(arrays)}
        put_in(archive, inside, model.places)
        contents = _contents_of(model, entries)
        text = msgspec.json.format(msgspec.json.encode(contents), indent=2)
        archive.writestr(plain_entry(CONTENTS), text + b"\n")


def read_contents(path: Path) -> Contents:
    """What a model's file says of itself; no array is read.

    Raises
    ------
    InputError
        As ``read_model``.
    """
    _require_file(path, escaped(str(path)))
    with open_file(path) as file:
        return _contents(ZipFiles(file, path), escaped(str(path)))


def read_model(path: Path, networks: Sequence[Path] = ()) -> Model:
    """Read a model, and see that this machine computes what the one did that made it.

    Parameters
    ----------
    path : Path
    networks : sequence of Path
        Files of networks that it looks with, or folders that have them; these are looked for
        beside the model, too.

    Raises
    ------
    InputError
        ZIP-1 to ZIP-5: it is no archive. MODEL-1: none of a model. MODEL-2: of another version.
        MODEL-3: what it says of itself makes no sense. MODEL-4: an array or a network within
        it is missing, or is not what is said of it. MODEL-5: a network is not there. NPZ-1 to
        NPZ-6: an array is no plain one.
    ConfigError
        Something that it needs is not installed, or computes something else here.
    """
    source = escaped(str(path))
    _require_file(path, source)
    with open_file(path) as file:
        files = ZipFiles(file, path)
        contents = _contents(files, source)
        arrays = read_arrays(files, source, contents.arrays)
        within = laid_out(files, source, contents.features)
    folders = [] if within is None else [within]
    folders += [place if place.is_dir() else place.parent for place in networks]
    try:
        model = model_of(contents, arrays, [*folders, path.absolute().parent])
        if model.self_test is not None:
            require_same(model, model.self_test)
    except LabelerError:
        raise
    except _MISFITS as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise refusal(source, f"its parts do not fit together ({escaped(reason)})") from error
    return model


def _require_file(path: Path, source: str) -> None:
    if not path.exists() or path.is_dir():
        _refuse_other(source, "a folder" if path.is_dir() else "no such file")


def _contents(files: ZipFiles, source: str) -> Contents:
    if CONTENTS not in files.names:
        _refuse_other(source, f"no {CONTENTS} in it")
    if len(files.names) > MAX_ENTRIES:
        _refuse_other(source, f"{len(files.names):,} files in it")
    if files.size(CONTENTS) > MAX_CONTENTS_BYTES:
        _refuse_other(source, f"a {CONTENTS} of {files.size(CONTENTS):,} bytes")
    with files.open(CONTENTS) as file:
        text = file.read(MAX_CONTENTS_BYTES + 1)
    kind = _told(text, source)
    if kind.format != FORMAT:
        _refuse_other(source, f"a {CONTENTS} of another format ({escaped(kind.format[:40])})")
    if kind.format_version != VERSION:
        _refuse_version(source, kind.format_version)
    try:
        contents = msgspec.json.decode(text, type=Contents)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        _refuse_sense(source, str(error))
    if contents.head.classifier not in CLASSIFIERS:
        _refuse_sense(source, f"there is no classifier {escaped(contents.head.classifier)!r} here")
    if any(label >= len(contents.classes) for label in contents.known_as.values()):
        _refuse_sense(source, "names of classes that it does not have")
    if len({name.casefold() for name in contents.classes}) < len(contents.classes):
        _refuse_sense(source, "two classes of one name")
    for scale in (contents.pictures.scale, contents.pictures.numbers):
        if scale is not None and not -MAX_VALUE <= scale[0] < scale[1] <= MAX_VALUE:
            _refuse_sense(source, "a scale on which black is no darker than white")
    if any(has_hidden_characters(name) for name in contents.classes):
        _refuse_sense(source, "a class name with control or direction characters")
    return contents


class _Kind(msgspec.Struct):
    """What is looked at first: whether the rest can be read at all."""

    format: str
    format_version: int


def _told(text: bytes, source: str) -> _Kind:
    try:
        return msgspec.json.decode(text, type=_Kind)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        _refuse_sense(source, str(error))


def _contents_of(model: Model, entries: Mapping[str, object]) -> Contents:
    height, width, *colours = model.like.image_shape
    threshold = model.references.threshold
    ensemble = model.ensemble
    return msgspec.convert(
        {
            "format": FORMAT,
            "format_version": VERSION,
            "labeler_version": __version__,
            "versions": _versions(),
            "classes": model.classes,
            "known_as": dict(model.known_as or {}),
            "pictures": Pictures(
                height=height,
                width=width,
                is_colour=bool(colours),
                scale=model.like.scale,
                numbers=model.like.numbers,
                from_files=model.like.from_files,
            ),
            "features": model.recipe,
            "head": Head(
                classifier=model.classifier,
                hears_neighbours=ensemble.soft_labels is not None,
                hears_alone=ensemble.alone is not None,
                hears_net=ensemble.seen_by is not None,
            ),
            "unfamiliar": Unfamiliar(
                threshold=threshold if np.isfinite(threshold) else None, false_alarms=FALSE_ALARMS
            ),
            "about": model.about,
            "arrays": dict(entries),
        },
        Contents,
    )


def _versions() -> dict[str, str]:
    """What the figures were computed with: they may differ with others in their last digits."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _refuse_other(source: str, found: str) -> NoReturn:
    raise InputError(
        "MODEL-1",
        source,
        found=found,
        expected="a model as labeler model writes it",
        remedy="Give the path of such a file.",
    )


def _refuse_version(source: str, found: int) -> NoReturn:
    raise InputError(
        "MODEL-2",
        source,
        found=f"version {found} of the format",
        expected=f"version {VERSION}, which Labeler {__version__} reads",
        remedy="Install the version of Labeler that wrote it, or make it anew with labeler model.",
    )


def _refuse_sense(source: str, reason: str) -> NoReturn:
    first = escaped((reason.splitlines() or [""])[0][:200])
    raise InputError(
        "MODEL-3",
        source,
        found=f"a {CONTENTS} that makes no sense ({first})",
        expected="what labeler model writes",
        remedy="Copy the file again, or write it anew with labeler model.",
    )


__all__ = ["read_contents", "read_model", "write_model"]
