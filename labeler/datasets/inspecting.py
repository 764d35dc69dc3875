"""What a path would be read as: read whole, or looked at where it is a large set of images.

Of these, the first bytes of every file say whether it is an image; a sample, spread evenly, is
decoded to see what the images are like.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from labeler.datasets.base import LeftOut
from labeler.datasets.classes import check_class_names, index_labels, sorted_classes
from labeler.datasets.containers.files import Files, escaped
from labeler.datasets.contradictions import contradictions_among, look_of_file
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.datasets.image_files import (
    ReadImages,
    SortedImages,
    check_share,
    read_images,
)
from labeler.datasets.inspection import Inspection, inspection_of
from labeler.datasets.layout import plan_images
from labeler.datasets.registry import KNOWN, load_dataset, open_files
from labeler.datasets.text.image_names import is_image_name
from labeler.exceptions import InputError
from labeler.imaging.images import check_kind
from labeler.progress import SILENT, Progress, track

DECODED_WHOLE = 2_000
"""Images of a set that is read whole."""

DECODED = 256
"""Images that are decoded of a larger one."""

_HEAD = 64


def inspect_dataset(
    name_or_path: str,
    data: Path | None = None,
    *,
    strict: bool = False,
    corrections: Corrections = AS_FOUND,
    progress: Progress = SILENT,
) -> Inspection:
    """Say what a known name or a path would be read as; nothing is written.

    Parameters
    ----------
    name_or_path, data, strict, corrections, progress
        As for ``load_dataset``.

    Raises
    ------
    DatasetNotFoundError, InputError
        As ``load_dataset``.
    """
    path = Path(name_or_path).expanduser()
    if name_or_path not in KNOWN and path.exists():
        large = _inspect_large(path, strict, corrections, progress)
        if large is not None:
            return large
    dataset = load_dataset(
        name_or_path, data, progress=progress, strict=strict, corrections=corrections
    )
    return inspection_of(dataset)


def _inspect_large(
    path: Path, strict: bool, corrections: Corrections, progress: Progress
) -> Inspection | None:
    """What a set of very many images is; None for any other, which is simply read."""
    with open_files(path, progress) as opened:
        if opened is None or sum(map(is_image_name, opened[0].names)) <= DECODED_WHOLE:
            return None
        planned = plan_images(opened[0], corrections)
        if planned is None:
            return None
        return look_at(*planned, opened[1], spread_evenly, strict=strict, progress=progress)[0]


def spread_evenly(names: Sequence[str]) -> list[str]:
    """As many of the names as are decoded of a large set."""
    places = np.unique(np.linspace(0, len(names) - 1, DECODED).astype(np.int64))
    return [names[place] for place in places]


def look_at(
    files: Files,
    found: SortedImages,
    name: str,
    choose: Callable[[Sequence[str]], Sequence[str]],
    *,
    strict: bool = False,
    progress: Progress = SILENT,
) -> tuple[Inspection, ReadImages]:
    """Say what sorted images are by their first bytes and by decoding a few.

    Parameters
    ----------
    files : Files
    found : SortedImages
    name : str
        What to call the data set.
    choose : callable
        Of the names of those that are images, which are decoded.
    strict : bool
    progress : Progress

    Returns
    -------
    Inspection
    ReadImages
        The few.

    Raises
    ------
    InputError
        As ``load_images``.
    """
    check_class_names(found.classes.values(), files.source)
    test = [image for image in found.test if image in found.classes]
    names = [*found.train, *test]
    bad, looks = _look_at_heads(files, names, strict, progress)
    pool = [image for image in found.train if image not in bad]
    test = [image for image in test if image not in bad]
    chosen = choose([*pool, *test])
    read = read_images(files, chosen, None, progress, strict=strict)
    undecoded = set(chosen).difference(read.kept)
    pool, test = ([image for image in part if image not in undecoded] for part in (pool, test))
    classes = sorted_classes(found.classes.values())
    labels = index_labels(["" if n in bad else found.classes.get(n, "") for n in names], classes)
    twice = contradictions_among(files, names, labels, looks, classes)
    warnings = (*found.warnings, *twice)
    pool_counts, test_counts = (
        Counter(found.classes.get(image, "") for image in part) for part in (pool, test)
    )
    height, width, *channels = read.images.shape[1:]
    looked_at = f"{len(read.images):,} of {len(pool) + len(test):,} images were decoded"
    notes = [*files.notes, *found.notes, f"{looked_at}, the others told by their first bytes"]
    left_out = [LeftOut(escaped(image), error.found) for image, error in bad.items()]
    inspection = Inspection(
        name=name,
        classes=tuple(map(escaped, classes)),
        counts={
            escaped(label): {"pool": pool_counts[label], "test": test_counts[label]}
            for label in classes
        },
        n_pool=len(pool),
        n_test=len(test),
        n_unlabeled=pool_counts[""],
        image={"height": height, "width": width, "channels": channels[0] if channels else 1},
        max_pixel=int(read.images.max(initial=0)),
        left_out=(*found.left_out, *left_out, *read.left_out),
        notes=(*notes, *warnings),
        warnings=warnings,
        files=tuple(map(escaped, [*pool, *test])),
    )
    return inspection, read


def _look_at_heads(
    files: Files, names: list[str], strict: bool, progress: Progress
) -> tuple[dict[str, InputError], np.ndarray]:
    """Those that are no images by their first bytes; and what tells each from other files."""
    bad: dict[str, InputError] = {}
    looks = np.zeros(len(names), dtype=np.uint64)
    looked_at = track(names, progress, f"Looking at images of {files.source}", len(names))
    for n_read, name in enumerate(looked_at, start=1):
        try:
            with files.open(name) as file:
                head = file.read(_HEAD)
            looks[n_read - 1] = look_of_file(files.size(name), head)
            check_kind(head, files.describe(name))
        except InputError as error:
            if error.code == "DIR-3":
                raise
            bad[name] = error
            check_share(bad.values(), n_read, len(names), files.source, strict)
    return bad, looks
