"""Image files of a folder or archive to one array: decoded, made equal, and what was done noted.

All images of a data set get one shape. Where all are of one size up to 64 pixels a side they stay
as they are. Larger ones are shrunk so that the longer side has 64. Where sizes differ, the median
height and width (after shrinking) are the common size: each image is resized to fit in, its aspect
kept, and centred on its own edge colour. An image size that is asked for replaces the median.

Images stay grey where all of them are grey; else all become RGB.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np

from labeler.datasets.base import Dataset, LeftOut, Split
from labeler.datasets.classes import index_labels, sorted_classes
from labeler.datasets.files import Files, printable
from labeler.datasets.scales import Scale, choose_scale, measure
from labeler.exceptions import InputError
from labeler.imaging.decoding import decode_images
from labeler.imaging.images import (
    MAX_IMAGE_BYTES,
    DecodedImage,
    check_file_size,
    fit_pixels,
    fitted_size,
    to_colour,
)
from labeler.progress import SILENT, Progress, Task, track

LONGEST_SIDE = 64
"""Larger images are shrunk to this, unless a size is asked for."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp")


def is_image_name(name: str) -> bool:
    """Whether a file is to be read as an image; its content decides which kind it is."""
    return name.lower().endswith(SUFFIXES)


@dataclass(frozen=True)
class SortedImages:
    """Image names in the order of the data set, with the class of each.

    Attributes
    ----------
    train, test : tuple of str
    classes : dict of name to class
        Empty or absent where it is not known.
    notes : tuple of str
    left_out : tuple of LeftOut
    warnings : tuple of str
        As of a ``Dataset``.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    classes: dict[str, str]
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Gathered:
    """What is known after decoding all images."""

    pixels: list[np.ndarray] = field(default_factory=list)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)

    def add(self, image: DecodedImage) -> None:
        self.pixels.append(image.pixels)
        self.sizes[image.size] += 1
        self.changes.update(set(image.changes))


def load_images(
    files: Files,
    name: str,
    found: SortedImages,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """Read sorted images as a data set.

    Parameters
    ----------
    files : Files
    name : str
        What to call the data set.
    found : SortedImages
    image_size : tuple of int, optional
        (height, width) that all images are to get.
    """
    _check_class_names(found.classes.values(), files.source)
    classes = sorted_classes(found.classes.values())
    # A test image is only there to be scored, which takes its true class.
    test_names = tuple(image for image in found.test if found.classes.get(image))
    names = found.train + test_names
    images, changes = read_images(files, names, image_size, progress)
    labels = index_labels([found.classes.get(image, "") for image in names], classes)
    cut = len(found.train)
    train = Split(images[:cut], labels[:cut], names[:cut])
    test = Split(images[cut:], labels[cut:], names[cut:]) if test_names else None
    notes = [*files.notes, *found.notes, *changes]
    if len(test_names) < len(found.test):
        notes.append(f"{len(found.test) - len(test_names):,} test images of unknown class left out")
    return Dataset(
        name,
        tuple(map(printable, classes)),
        train,
        test,
        files.source,
        tuple(notes),
        found.left_out,
        found.warnings,
    )


def read_images(
    files: Files,
    names: Sequence[str],
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
) -> tuple[np.ndarray, list[str]]:
    """Read image files in the order of ``names``.

    Parameters
    ----------
    files : Files
    names : sequence of str
        At least one.
    image_size : tuple of int, optional
        (height, width) that all images are to get.

    Returns
    -------
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    notes : list of str
        What was converted and resized.
    """
    at_most = max(image_size) if image_size else LONGEST_SIDE
    gathered = _Gathered()
    contents = ((files.describe(name), _read(files, name)) for name in names)
    with closing(decode_images(contents, at_most, deep=True)) as images:
        for image in track(images, progress, f"Reading images of {files.source}", len(names)):
            gathered.add(image)
    size = image_size or _common_size(gathered.pixels)
    notes = [*_notes(gathered, size), *_to_one_scale(gathered.pixels)]
    return _stack(gathered.pixels, size), notes


def limit_size(
    dataset: Dataset, image_size: tuple[int, int] | None, progress: Progress = SILENT
) -> Dataset:
    """Give a data set read from arrays the size asked for, or shrink it to the longest side.

    Parameters
    ----------
    dataset : Dataset
    image_size : tuple of int or None
        (height, width)
    progress : Progress
    """
    height, width = dataset.image_shape[:2]
    size = image_size or fitted_size(height, width, LONGEST_SIDE)
    if size == (height, width):
        return dataset
    parts = [part for part in (dataset.train, dataset.test) if part is not None]
    with progress.task("Resizing images", sum(map(len, parts))) as task:
        splits = [
            Split(_fit_all(part.images, size, task), part.labels, part.names) for part in parts
        ]
    test = splits[1] if len(splits) == 2 else None
    note = f"images of {height} × {width} resized to {size[0]} × {size[1]}"
    return replace(dataset.with_notes(note), train=splits[0], test=test)


def _check_class_names(names: Iterable[str], source: str) -> None:
    """Two names that look alike, or are one on another system, are one class with a slip."""
    seen: dict[str, str] = {}
    for name in sorted(set(names)):
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise InputError(
                "DIR-4",
                source,
                found=f"classes {seen[folded]!r} and {name!r} "
                "differ only by case or accents' encoding",
                expected="one name for each class",
                remedy="Merge them under one name.",
            )
        seen[folded] = name


def _read(files: Files, name: str) -> bytes:
    check_file_size(files.size(name), files.describe(name))
    with files.open(name) as file:
        # It may have grown; one byte more than allowed is enough to be refused.
        return file.read(MAX_IMAGE_BYTES + 1)


def _to_one_scale(pixels: list[np.ndarray]) -> list[str]:
    """Images of 16 bits as 8, on one scale for all of them; what was done, for people."""
    deep = [image for image in pixels if image.dtype != np.uint8]
    if not deep:
        return []
    found = measure(deep)
    scale = choose_scale(found) or Scale(0, max(255, found.high))
    pixels[:] = [image if image.dtype == np.uint8 else scale.apply(image) for image in pixels]
    return [scale.note] if scale.note else []


def _common_size(pixels: Sequence[np.ndarray]) -> tuple[int, int]:
    shapes = np.array([image.shape[:2] for image in pixels])
    height, width = np.median(shapes, axis=0).round().astype(int)
    return int(height), int(width)


def _stack(pixels: list[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """One array of all images; the list is emptied on the way, so memory is needed only once."""
    colour = any(image.ndim == 3 for image in pixels)
    stacked = np.empty((len(pixels), *size, *((3,) if colour else ())), dtype=np.uint8)
    pixels.reverse()
    for index in range(len(stacked)):
        image = pixels.pop()
        stacked[index] = fit_pixels(to_colour(image) if colour else image, *size)
    return stacked


def _fit_all(images: np.ndarray, size: tuple[int, int], task: Task) -> np.ndarray:
    fitted = np.empty((len(images), *size, *images.shape[3:]), dtype=np.uint8)
    for index, image in enumerate(images):
        fitted[index] = fit_pixels(image, *size)
        task.advance()
    return fitted


def _notes(gathered: _Gathered, size: tuple[int, int]) -> list[str]:
    notes = []
    n_resized = sum(count for shape, count in gathered.sizes.items() if shape != size)
    if n_resized:
        n_sizes = len(gathered.sizes)
        of = f"of {n_sizes:,} sizes" if n_sizes > 1 else "of {} × {}".format(*[*gathered.sizes][0])
        notes.append(f"{_images(n_resized)} {of} resized to {size[0]} × {size[1]}")
    for change, count in sorted(gathered.changes.items()):
        notes.append(_WORDS.get(change, "{} converted from " + change).format(_images(count)))
    n_grey = sum(image.ndim == 2 for image in gathered.pixels)
    if 0 < n_grey < len(gathered.pixels):
        notes.append(f"{_images(n_grey)} in grey made RGB like the others")
    return notes


_WORDS = {
    "rotated": "{} rotated as the camera noted",
    "16-bit": "{} scaled from 16 bits to 8",
    "transparent": "{} with transparency laid on white",
    "1-bit": "{} converted from 1 bit",
    "palette": "{} converted from a palette",
    "several frames": "{} with several frames: the first is used",
}


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"
