"""Image files of a folder or archive to one array: decoded, made equal, and what was done noted.

All images of a data set get one shape. Where all are of one size up to 64 pixels a side they stay
as they are. Larger ones are shrunk so that the longer side has 64. Where sizes differ, the median
height and width (after shrinking) are the common size: each image is resized to fit in, its aspect
kept, and centred on its own edge colour. An image size that is asked for replaces the median.

Images stay grey where all of them are grey; else all become RGB.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from labeler.datasets.base import Dataset, LeftOut, Split
from labeler.datasets.classes import check_class_names, index_labels, sorted_classes
from labeler.datasets.containers.files import Files, escaped
from labeler.datasets.contradictions import contradictions
from labeler.datasets.decoded_files import decode_files
from labeler.datasets.deep_renditions import deep_renditions
from labeler.datasets.originals import NO_STAMP, Originals, Picked
from labeler.datasets.resizing import LONGEST_SIDE, Likeness
from labeler.datasets.scales import Scale, choose_scale, measure
from labeler.datasets.spool import ByteSpool, ImageSpool, joined
from labeler.datasets.text.image_names import is_unread_image
from labeler.exceptions import InputError
from labeler.imaging import renditions
from labeler.imaging.images import HEIC_REMEDY, DecodedImage
from labeler.imaging.pixels import fit_pixels, to_colour
from labeler.journal import NO_JOURNAL, Journal
from labeler.progress import SILENT, Progress, track
from labeler.words import by_sides

BAD_SHARE = 10
"""One image in so many may be unreadable; more are an error of the whole."""


def unreadable_images(names: Iterable[str]) -> tuple[LeftOut, ...]:
    """Those among the names that are images of a kind which this installation cannot read."""
    reason = f"HEIC is not read. {HEIC_REMEDY}"
    return tuple(LeftOut(escaped(name), reason) for name in names if is_unread_image(name))


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
    top : str
        The folder that the names are below, among the files that were sorted.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    classes: dict[str, str]
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()
    top: str = ""


@dataclass
class _Gathered:
    """What is known after decoding all images."""

    pixels: ImageSpool = field(default_factory=ImageSpool)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    renditions: ByteSpool = field(default_factory=ByteSpool)

    def add(self, image: DecodedImage) -> None:
        self.pixels.append(image.pixels)
        self.sizes.append(image.size)
        self.changes.update(set(image.changes))
        self.renditions.append(image.rendition)

    def complete_renditions(self, deep: Iterable[tuple[int, bytes]]) -> None:
        """Those of images that had to wait for the scale of the whole set.

        ``deep`` has the larger ones with their places.
        """
        for place, rendition in deep:
            self.renditions[place] = rendition
        for place, rendition in enumerate(self.renditions):
            if not rendition:
                self.renditions[place] = renditions.encode(self.pixels[place])

    def larger_deep(self) -> list[int]:
        """Places of images of 16 bits whose rendition is larger than what is kept for features."""
        return [
            place
            for place, rendition in enumerate(self.renditions)
            if not rendition and max(self.sizes[place]) > max(self.pixels.kinds[place][0][:2])
        ]

    def shown_as(self, size: tuple[int, int]) -> Sequence[bytes]:
        """The renditions; empty ones where the images of the data set say as much."""
        needed = any(one != size for one in self.sizes)
        n_images = len(self.renditions)
        return Picked(self.renditions, np.arange(n_images)) if needed else [b""] * n_images


def load_images(
    files: Files,
    name: str,
    found: SortedImages,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
    journal: Journal = NO_JOURNAL,
    like: Likeness | None = None,
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
    progress : Progress
    strict : bool
        Whether one image that cannot be read is an error; else it is left out and listed.
    journal : Journal
        What is known of files already, and where what is found out is written down.
    like : Likeness, optional
        What the images are to be like, in place of a size.

    Raises
    ------
    InputError
        As ``read_images``; DIR-4 for class names that look alike.
    """
    check_class_names(found.classes.values(), files.source)
    classes = sorted_classes(found.classes.values())
    # A test image is only there to be scored, which takes its true class.
    test_names = tuple(image for image in found.test if found.classes.get(image))
    names = found.train + test_names
    read = read_images(
        files, names, image_size, progress, strict=strict, journal=journal, like=like
    )
    cut = sum(name in read.kept for name in found.train)
    names = tuple(name for name in names if name in read.kept)
    labels = index_labels([found.classes.get(image, "") for image in names], classes)
    splits = [
        Split(
            read.images[start:end],
            labels[start:end],
            names[start:end],
            originals=read.originals.between(start, end) if read.originals else None,
        )
        for start, end in ((0, cut), (cut, len(names)))
    ]
    notes = [*files.notes, *found.notes, *read.notes]
    if len(test_names) < len(found.test):
        notes.append(f"{len(found.test) - len(test_names):,} test images of unknown class left out")
    return Dataset(
        name,
        tuple(map(escaped, classes)),
        splits[0],
        splits[1] if cut < len(names) else None,
        files.source,
        tuple(notes),
        (*found.left_out, *read.left_out),
        (*found.warnings, *contradictions(names, labels, read.hashes, classes)),
        files.root,
        read.scale,
    )


@dataclass(frozen=True, eq=False)
class ReadImages:
    """Image files, read.

    Attributes
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    kept : collection of str
        The names of those that could be read, in their order.
    originals : Originals or None
        None where they cannot be found again.
    hashes : ndarray of shape (n, 32), dtype uint8
        SHA-256 of each file that could be read.
    left_out : tuple of LeftOut
        Those that could not, and why.
    notes : tuple of str
        What was converted, resized and left out.
    scale : tuple of float or None
        As of a ``Dataset``.
    """

    images: np.ndarray
    kept: dict[str, None]
    originals: Originals | None
    hashes: np.ndarray
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    scale: tuple[float, float] | None = None


def read_images(
    files: Files,
    names: Sequence[str],
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
    journal: Journal = NO_JOURNAL,
    added_to: int = 0,
    like: Likeness | None = None,
) -> ReadImages:
    """Read image files in the order of ``names``.

    Parameters
    ----------
    files : Files
    names : sequence of str
        At least one.
    image_size : tuple of int, optional
        (height, width) that all images are to get.
    progress : Progress
    strict : bool
        Whether one that cannot be read is an error.
    journal : Journal
        As for ``load_images``.
    added_to : int
        Images of the set that were read before; they count where too many bad files are an error.
    like : Likeness, optional
        What was read before: these are read as it was, in place of at a size. Colour stays.

    Raises
    ------
    InputError
        The first file's own, if ``strict``, or if more than a tenth cannot be read (or all, of
        files that are like others and added to none).
    """
    at_most = max(image_size) if image_size and like is None else LONGEST_SIDE
    scale = None if like is None else like.scale
    n_in_all = added_to + len(names)
    gathered = _Gathered()
    hashes: dict[str, bytes] = {}
    stamps: dict[str, tuple[int, int]] = {}
    bad: dict[str, InputError] = {}
    with closing(decode_files(files, names, at_most, journal)) as decoded:
        title = f"Reading images of {files.source}"
        tracked = track(decoded, progress, title, len(names))
        for name, (hashes[name], state, image) in zip(names, tracked, strict=True):
            stamps[name] = NO_STAMP if state is None else (state.n_bytes, state.modified)
            if isinstance(image, DecodedImage):
                gathered.add(image)
            else:
                bad[name] = image
                if strict or like is None or added_to:
                    check_share(bad.values(), len(stamps), n_in_all, files.source, strict)
    if bad and not gathered.sizes:  # nobody learns from these: one that can be read is enough
        check_share(bad.values(), len(stamps), n_in_all, files.source, strict)
    size = (image_size if like is None else like.size) or _common_size(gathered.pixels)
    on_scale = _to_one_scale(gathered.pixels, scale)
    notes = [*_notes(gathered, size), *([on_scale.note] if on_scale and on_scale.note else [])]
    good = [name for name in names if name not in bad]
    larger = {place: good[place] for place in gathered.larger_deep()} if on_scale else {}
    if on_scale and larger:
        made = deep_renditions(files, [*larger.values()], on_scale, progress)
        gathered.complete_renditions(zip(larger, made, strict=True))
    else:
        gathered.complete_renditions(())
    if bad:
        notes.append(f"{_images(len(bad))} that cannot be read left out")
    kept = dict.fromkeys(name for name in names if name not in bad)
    originals = Originals(
        tuple(map(files.path, kept)),
        np.frombuffer(b"".join(hashes[name] for name in kept), dtype=np.uint8).reshape(-1, 32),
        np.array(gathered.sizes, dtype=np.int32).reshape(-1, 2),
        gathered.shown_as(size),
        np.array([stamps[name] for name in kept], dtype=np.int64).reshape(-1, 2),
    )
    return ReadImages(
        _stack(gathered.pixels, size),
        kept,
        None if files.root is None else originals,
        originals.hashes,
        tuple(LeftOut(escaped(name), _reason(error)) for name, error in bad.items()),
        tuple(notes),
        scale if on_scale is None else (on_scale.low, on_scale.high),
    )


def check_share(
    bad: Collection[InputError], n_read: int, n_images: int, source: str, strict: bool
) -> None:
    """Refuse a set of which too many files are bad: something else is wrong with it.

    Parameters
    ----------
    bad : collection of InputError
        What is wrong with each bad file so far.
    n_read, n_images : int
        Files read so far, and files of the set.
    source : str
        What to call the set.
    strict : bool
        Whether one bad file is too many.
    """
    first = next(iter(bad))
    if strict or (len(bad) == 1 and n_images < BAD_SHARE):
        raise first
    if len(bad) * BAD_SHARE > n_images:
        so_far = f" read so far (the set has {n_images:,})" if n_read < n_images else ""
        raise InputError(
            first.code,
            source,
            found=f"{len(bad):,} of {n_read:,} images{so_far} cannot be read; the first of them "
            f"is {first.source}: {first.found}",
            expected="images" if len(bad) == n_images else "at most a tenth of bad files",
            remedy=first.remedy,
        )


def _reason(error: InputError) -> str:
    return f"{error.found} [{error.code}]"


def _to_one_scale(pixels: ImageSpool, before: tuple[float, float] | None = None) -> Scale | None:
    """Images of 16 bits as 8, on one scale for all of them, which is given; None without any."""
    places = [place for place, (_, dtype) in enumerate(pixels.kinds) if dtype != np.uint8]
    if not places:
        return None
    scale = Scale(*before) if before else _scale_for(pixels.picked(places))
    for place in places:
        pixels[place] = scale.apply(pixels[place])
    return scale


def _scale_for(deep: Sequence[np.ndarray]) -> Scale:
    measured = measure(deep)
    return choose_scale(measured) or Scale(0, max(255, measured.high))


def _common_size(pixels: ImageSpool) -> tuple[int, int]:
    shapes = np.array([shape[:2] for shape, _ in pixels.kinds])
    height, width = np.median(shapes, axis=0).round().astype(int)
    return int(height), int(width)


def _stack(pixels: ImageSpool, size: tuple[int, int]) -> np.ndarray:
    """One array of all images."""
    colour = any(len(shape) == 3 for shape, _ in pixels.kinds)
    shape = (len(pixels), *size, *((3,) if colour else ()))

    def fitted(place: int) -> bytes:
        image = to_colour(pixels[place]) if colour else pixels[place]
        return fit_pixels(image, *size).astype(np.uint8, copy=False).tobytes()

    return joined(map(fitted, range(len(pixels))), math.prod(shape)).reshape(shape)


def _notes(gathered: _Gathered, size: tuple[int, int]) -> list[str]:
    notes = []
    sizes = Counter(gathered.sizes)
    n_resized = sum(count for shape, count in sizes.items() if shape != size)
    if n_resized:
        n_sizes = len(sizes)
        of = f"of {n_sizes:,} sizes" if n_sizes > 1 else f"of {by_sides([*sizes][0])}"
        notes.append(f"{_images(n_resized)} {of} resized to {by_sides(size)}")
    for change, count in sorted(gathered.changes.items()):
        notes.append(_WORDS.get(change, "{} converted from " + change).format(_images(count)))
    n_grey = sum(len(shape) == 2 for shape, _ in gathered.pixels.kinds)
    if 0 < n_grey < len(gathered.pixels):
        notes.append(f"{_images(n_grey)} in grey made RGB like the others")
    return notes


_WORDS = {
    "rotated": "{} rotated as the camera noted",
    "16-bit": "{} scaled from 16 bits to 8",
    "transparent": "{} with transparency laid on white",
    "light and transparent": "{} drawn in white with transparency laid on black",
    "1-bit": "{} converted from 1 bit",
    "palette": "{} converted from a palette",
    "several frames": "{} with several frames: the first is used",
}


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"
