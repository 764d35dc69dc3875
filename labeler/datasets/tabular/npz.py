"""NPZ and NPY files: arrays of images, with labels if there are any.

``x_train, y_train, x_test, y_test`` or ``images, labels`` and the like, in one file or in a file
for each (see ``table_sets``); a file with one array holds images. What ``labeler export`` wrote
of each row is taken, too (see ``told_rows``). Images are count x height x
width, with 1 or 3 channels at either end, or count x pixels of square images, grey or in colour.
Numbers of any type and scale become uint8, see ``scales``. Labels are whole numbers (-1: not
known), text, or one-hot.
"""

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from labeler.datasets.base import Dataset, Split, joined
from labeler.datasets.containers.archive import ZipFiles
from labeler.datasets.containers.files import Files, escaped, open_file
from labeler.datasets.containers.folder import FolderFiles
from labeler.datasets.tabular.array_images import to_images
from labeler.datasets.tabular.array_labels import index_arrays
from labeler.datasets.tabular.npy_format import read_array
from labeler.datasets.tabular.table_sets import (
    BOTH,
    IMAGES,
    LABELS,
    TRAIN,
    WHOLE,
    TableSet,
    arrange,
    find_sets,
    role_of_array,
)
from labeler.datasets.tabular.told_rows import Role, names_of, row_arrays, scored, sort_rows
from labeler.exceptions import InputError, refuse
from labeler.progress import SILENT, Progress

_IN_MEMORY = 64_000_000
_ZIP = b"PK"
_REMEDY = "Save the arrays again so."


def load_arrays(
    path: Path, progress: Progress = SILENT, classes: tuple[str, ...] | None = None
) -> Dataset:
    """Read an NPZ or NPY file; labels may lie in a file beside it that is called alike.

    Parameters
    ----------
    path : Path
    progress : Progress
    classes : tuple of str, optional
        The class names, where they are known: labels are then their numbers.

    Raises
    ------
    InputError
        NPZ-1 to NPZ-6.
    """
    source = escaped(str(path))
    with open_file(path) as file:
        arrays, notes = _read_file(file, path.stat().st_size, path.name, source, progress)
    if len(arrays) == 1:
        beside = FolderFiles(path.parent, recursive=False)
        arrays |= _labels_beside(beside, path.name, progress)
    return _assemble(path.stem, arrays, source, notes, classes)


def load_array_set(
    files: Files, tables: TableSet, name: str, progress: Progress = SILENT
) -> Dataset:
    """Read the arrays that belong together in a folder or archive.

    Parameters
    ----------
    files : Files
    tables : TableSet
    name : str
        What to call the data set.
    progress : Progress

    Raises
    ------
    InputError
        NPZ-1 to NPZ-6.
    """
    arrays: dict[Role, np.ndarray] = {}
    notes = list(files.notes)
    for (part, content), (file_name, *_) in tables.files.items():
        inner_arrays, unused = _read_member(files, file_name, progress)
        notes += unused
        if content != BOTH:
            arrays[part, content] = _only_one(inner_arrays, files.describe(file_name))
            continue
        for (inner, inside), array in inner_arrays.items():
            arrays[part if part and inner in (WHOLE, TRAIN) else inner, inside] = array
    return _assemble(name, arrays, files.source, notes)


def _labels_beside(beside: Files, name: str, progress: Progress) -> dict[Role, np.ndarray]:
    for tables in find_sets(beside.names):
        for (part, content), names in tables.files.items():
            labels = tables.of(part, LABELS)
            if content == IMAGES and name in names and labels:
                arrays, _ = _read_member(beside, labels[0], progress)
                return {(WHOLE, LABELS): _only_one(arrays, beside.describe(labels[0]))}
    return {}


def _read_member(
    files: Files, name: str, progress: Progress
) -> tuple[dict[Role, np.ndarray], list[str]]:
    with files.open(name) as packed, _seekable(packed) as file:
        return _read_file(file, files.size(name), name, files.describe(name), progress)


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """The same content where going back costs nothing, as in an archive inside an archive."""
    if isinstance(file, io.BufferedReader):
        yield file
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="labeler-") as copy:
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        yield copy  # type: ignore[misc]


def _read_file(
    file: BinaryIO, size: int, name: str, source: str, progress: Progress
) -> tuple[dict[Role, np.ndarray], list[str]]:
    """The arrays of one open file by what they are, and notes on those that are not used."""
    start = file.read(len(_ZIP))
    file.seek(0)
    if start != _ZIP and not name.lower().endswith(".npz"):
        stem = escaped(Path(name).stem)
        return {(WHOLE, IMAGES): read_array(file, size, stem, source, progress)}, []
    try:
        files = ZipFiles(file, Path(source))
        roles, unused = _choose(files.names, source)
        arrays = {role: _read_entry(files, entry, progress) for role, entry in roles.items()}
    except InputError as error:
        raise _as_npz(error) from error
    return arrays, [f"not used: {', '.join(map(escaped, unused))}"] if unused else []


def _choose(names: tuple[str, ...], source: str) -> tuple[dict[Role, str], list[str]]:
    """Which entry plays which role, and the arrays that play none."""
    entries = [name for name in names if name.endswith(".npy")]
    if not entries:
        found = f"none of its {len(names):,} entries is an array"
        refuse("NPZ-6", source, found, "entries that end in .npy", _REMEDY)
    stems = {name.removesuffix(".npy").lower() for name in entries}
    if len(entries) == 1:
        return {(WHOLE, IMAGES): entries[0]}, []
    told = {name: role_of_array(name.removesuffix(".npy")) for name in entries}
    own = row_arrays({name.removesuffix(".npy") for name in entries})
    told |= {f"{stem}.npy": (WHOLE, stem) for stem in own}
    roles = {role: name for name, role in told.items() if role is not None}
    used = [name for name, role in told.items() if role is not None]
    if not any(content == IMAGES for _, content in roles) or len(roles) < len(used):
        found = f"arrays {', '.join(map(escaped, sorted(stems)))}: which are the images?"
        expected = "x_train, y_train, x_test, y_test or images, labels"
        refuse("NPZ-5", source, found, expected, _REMEDY)
    if len(stems) < len(entries):
        refuse("NPZ-5", source, "same name twice", "each array once", _REMEDY)
    return roles, [] if own else sorted(set(entries) - set(used))


def _read_entry(files: ZipFiles, name: str, progress: Progress) -> np.ndarray:
    with files.open(name) as entry:
        stem = escaped(name.removesuffix(".npy"))
        return read_array(entry, files.size(name), stem, files.source, progress)


def _only_one(arrays: Mapping[Role, np.ndarray], source: str) -> np.ndarray:
    if len(arrays) > 1:
        expected = "one array in each file of such a set"
        refuse("NPZ-5", source, f"{len(arrays)} arrays", expected, _REMEDY)
    return next(iter(arrays.values()))


def _as_npz(error: InputError) -> InputError:
    """The archive's own complaints under the codes of NPZ files."""
    code = {"ZIP-5": "NPZ-5"}.get(error.code, "NPZ-6")
    return InputError(
        code if error.code.startswith("ZIP") else error.code,
        error.source,
        found=error.found,
        expected=error.expected,
        remedy=error.remedy,
    )


def _assemble(
    name: str,
    arrays: dict[Role, np.ndarray],
    source: str,
    notes: list[str],
    known: tuple[str, ...] | None = None,
) -> Dataset:
    arrays, told_notes = sort_rows(arrays)
    notes = [*notes, *told_notes]
    pool, held, told = arrange(part for part, content in arrays if content == IMAGES)
    if held and (held[0], LABELS) not in arrays:
        notes = [*notes, f"not used: images of the {held[0]} part, which have no labels"]
        held, told = [], ()
    parts = [*pool, *held]
    images, scale, changes = to_images({part: arrays.pop((part, IMAGES)) for part in parts}, source)
    labels = [arrays.get((part, LABELS)) for part in parts]
    classes, indices = index_arrays(labels, [len(array) for array in images], source, known)
    splits = [
        Split(array, index, names_of(arrays, part))
        for part, array, index in zip(parts, images, indices, strict=True)
    ]
    test = splits[-1] if held else None
    if test is not None and told_notes:
        test, unknown = scored(test)
        notes = [*notes, *unknown]
    train = joined(splits[: len(pool)])
    all_notes, numbers = (*notes, *told, *changes), (scale.low, scale.high)
    return Dataset(name, classes, train, test, source, all_notes, numbers=numbers)
