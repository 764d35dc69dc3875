"""NPZ and NPY files: arrays of images, with labels if there are any.

``x_train, y_train, x_test, y_test`` or ``images, labels`` (and the like, see ``_NAMINGS``); a file
with one array holds images. Images are count x height x width, with 1 or 3 channels at either
end, or count x pixels of square images. Numbers of any type become uint8:

================  ===================================================
0 to 255          as they are
0 to 1            times 255
0 to 65,535       divided by 257 (whole numbers only)
================  ===================================================

Labels are whole numbers (-1: not known) or text.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np

from labeler.datasets import limits
from labeler.datasets.archive import ZipFiles, open_archive
from labeler.datasets.base import Dataset, Split
from labeler.datasets.classes import (
    has_hidden_characters,
    index_labels,
    numbered_classes,
    sorted_classes,
)
from labeler.datasets.files import open_file, printable
from labeler.datasets.npy_format import read_array
from labeler.exceptions import InputError
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED

_ROLES = ("train images", "train labels", "test images", "test labels")
_NAMINGS = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("images", "labels", "test_images", "test_labels"),
    ("x", "y", "x_test", "y_test"),
    ("data", "target", "test_data", "test_target"),
)
_BLOCK = 1024
_CHANNELS = (1, 3)


def load_npz(path: Path, progress: Progress = SILENT) -> Dataset:
    """Read an NPZ file.

    Raises
    ------
    InputError
        NPZ-1 to NPZ-6.
    """
    source = printable(str(path))
    try:
        with open_archive(path) as files:
            roles, unused = _choose(files.names, source)
            arrays = {role: _read(files, name, progress) for role, name in roles.items()}
    except InputError as error:
        raise _as_npz(error) from error
    notes = [f"not used: {', '.join(map(printable, unused))}"] if unused else []
    return _assemble(path, arrays, notes)


def load_npy(path: Path, progress: Progress = SILENT) -> Dataset:
    """Read an NPY file: images without labels."""
    source = printable(str(path))
    with open_file(path) as file:
        array = read_array(file, path.stat().st_size, path.stem, source, progress)
    return _assemble(path, {"train images": array}, [])


def _choose(names: tuple[str, ...], source: str) -> tuple[dict[str, str], list[str]]:
    """Which entry plays which role, and the arrays that play none."""
    stems = {name.removesuffix(".npy").lower(): name for name in names if name.endswith(".npy")}
    if not stems:
        found = f"none of its {len(names):,} entries is an array"
        _refuse("NPZ-6", source, found, "entries that end in .npy")
    namings = [naming for naming in _NAMINGS if naming[0] in stems]
    if len(stems) == 1:
        namings = [(next(iter(stems)), "", "", "")]
    if len(namings) != 1:
        found = f"arrays {', '.join(map(printable, sorted(stems)))}: which are the images?"
        _refuse("NPZ-5", source, found, "x_train, y_train, x_test, y_test or images, labels")
    named = zip(_ROLES, namings[0], strict=True)
    roles = {role: stems[stem] for role, stem in named if stem in stems}
    if not {"test images", "test labels"} <= roles.keys():
        roles.pop("test images", None)
        roles.pop("test labels", None)
    return roles, sorted(set(stems.values()) - set(roles.values()))


def _read(files: ZipFiles, name: str, progress: Progress) -> np.ndarray:
    with files.open(name) as entry:
        stem = printable(name.removesuffix(".npy"))
        return read_array(entry, files.size(name), stem, files.source, progress)


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


def _assemble(path: Path, arrays: dict[str, np.ndarray], notes: list[str]) -> Dataset:
    source = printable(str(path))
    parts = [part for part in ("train", "test") if f"{part} images" in arrays]
    images = [_arrange(arrays.pop(f"{part} images"), part, source) for part in parts]
    if len({array.shape[1:] for array in images}) > 1:
        shapes = " and ".join(str(array.shape[1:]) for array in images)
        _refuse("NPZ-4", source, f"images of shapes {shapes}", "one shape for both parts")
    pixels, scaling = _to_uint8(images, source)
    labels = [arrays.get(f"{part} labels") for part in parts]
    classes, indices = _index(labels, [len(array) for array in images], source)
    splits = [Split(array, index) for array, index in zip(pixels, indices, strict=True)]
    test = splits[1] if len(splits) == 2 else None
    return Dataset(path.stem, classes, splits[0], test, source, (*notes, *scaling))


def _arrange(array: np.ndarray, part: str, source: str) -> np.ndarray:
    """Count first, channels last or none."""
    shape = array.shape
    arranged = _count_first(array)
    sides = () if arranged is None else arranged.shape[1:3]
    if not array.size or arranged is None or max(sides) > limits.MAX_SIDE:
        _refuse(
            "NPZ-4",
            source,
            f"{part} images of shape {shape}: which axis counts images?",
            "count x height x width, or count x height x width x 3",
        )
    return arranged


def _count_first(array: np.ndarray) -> np.ndarray | None:
    """The array with two or three axes behind the count; None where that is not clear."""
    shape = array.shape
    if array.ndim == 2 and math.isqrt(shape[1]) ** 2 == shape[1]:
        side = math.isqrt(shape[1])
        return array.reshape(-1, side, side)
    if array.ndim == 4 and (shape[1] in _CHANNELS) != (shape[3] in _CHANNELS):
        last = array if shape[3] in _CHANNELS else np.moveaxis(array, 1, 3)
        return last[..., 0] if last.shape[3] == 1 else last
    # Three axes that end in 3 are one colour image rather than grey ones of width 3.
    return array if array.ndim == 3 and shape[2] != 3 else None


def _to_uint8(images: list[np.ndarray], source: str) -> tuple[list[np.ndarray], list[str]]:
    """All parts on one scale, which their smallest and largest value decide."""
    if any(array.dtype.kind not in "buif" for array in images):
        _refuse("NPZ-3", source, f"images of type {images[0].dtype}", "numbers")
    ranges = [_range(array, source) for array in images]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    whole = all(array.dtype.kind in "bui" for array in images)
    if low < 0 or high > (65_535 if whole else 255):
        found = f"{images[0].dtype} images with values from {low:g} to {high:g}"
        _refuse("NPZ-3", source, found, "0 to 255, or 0 to 1")
    if high > 255:
        scale, notes = 1 / 257, ["16-bit values scaled to 0-255"]
    elif 0 < high <= 1:
        scale, notes = 255.0, [f"{images[0].dtype} values of 0 to 1 scaled to 0-255"]
    else:
        scale, notes = 1.0, []
    return [_scaled(array, scale) for array in images], notes


def _range(array: np.ndarray, source: str) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for block in _blocks(array):
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            _refuse("NPZ-3", source, f"{array.dtype} images with nan or inf", "finite values")
        low, high = min(low, float(block.min())), max(high, float(block.max()))
    return low, high


def _scaled(array: np.ndarray, scale: float) -> np.ndarray:
    if array.dtype == np.uint8 and scale == 1:
        return np.ascontiguousarray(array)
    pixels = np.empty(array.shape, dtype=np.uint8)
    for block, target in zip(_blocks(array), _blocks(pixels), strict=True):
        target[...] = np.rint(block.astype(np.float64) * scale)
    return pixels


def _blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(array), _BLOCK):
        yield array[start : start + _BLOCK]


def _index(
    labels: list[np.ndarray | None], counts: list[int], source: str
) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Class names, and one array of indices for each part."""
    for array, count in zip(labels, counts, strict=True):
        if array is not None and array.shape not in ((count,), (count, 1)):
            found = f"{count:,} images but labels of shape {array.shape}"
            _refuse("NPZ-5", source, found, "one label for each image")
    given = [array for array in labels if array is not None]
    if given and all(array.dtype.kind in "US" for array in given):
        return _index_text(labels, counts, source)
    indices = [
        np.full(count, UNLABELED) if array is None else _to_indices(array.ravel(), source)
        for array, count in zip(labels, counts, strict=True)
    ]
    return numbered_classes(*indices), indices


def _index_text(
    labels: list[np.ndarray | None], counts: list[int], source: str
) -> tuple[tuple[str, ...], list[np.ndarray]]:
    names = [
        [""] * count if array is None else _to_text(array.ravel(), source)
        for array, count in zip(labels, counts, strict=True)
    ]
    classes = sorted_classes(name for part in names for name in part)
    return classes, [index_labels(part, classes) for part in names]


def _to_text(array: np.ndarray, source: str) -> list[str]:
    try:
        names = [name.decode() if isinstance(name, bytes) else name for name in array.tolist()]
    except ValueError:
        _refuse("NPZ-3", source, "labels that are not valid text", "UTF-8 or Unicode labels")
    for name in set(names):
        if has_hidden_characters(name) or len(name) > limits.MAX_LABEL_LENGTH:
            found = f"the label {name[:40]!r}"
            _refuse("NPZ-3", source, found, "short text without control characters")
    return [name.strip() for name in names]


def _to_indices(array: np.ndarray, source: str) -> np.ndarray:
    if array.dtype.kind not in "buif" or not (array == np.rint(array)).all():
        _refuse("NPZ-3", source, f"labels of type {array.dtype}", "whole numbers or text")
    if array.min() < UNLABELED or array.max() >= limits.MAX_CLASSES:
        found = f"labels from {array.min():g} to {array.max():g}"
        _refuse("NPZ-3", source, found, f"0 to {limits.MAX_CLASSES - 1:,}, or -1 for unknown")
    return array.astype(np.int64)


def _refuse(
    code: str, source: str, found: str, expected: str, remedy: str = "Save the arrays again so."
) -> NoReturn:
    raise InputError(code, source, found=found, expected=expected, remedy=remedy)
