"""Renditions of image files of 16 bits: on the scale of the whole data set, once that is known."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from labeler.datasets.containers.files import Files
from labeler.datasets.decoded_files import read_file
from labeler.datasets.scales import Scale
from labeler.imaging import renditions
from labeler.imaging.decoding import decode_each
from labeler.imaging.images import DecodedImage
from labeler.progress import Progress, track


def deep_renditions(
    files: Files, names: Sequence[str], scale: Scale, progress: Progress
) -> Iterator[bytes]:
    """Decode image files once more, and show each on the scale.

    Parameters
    ----------
    files : Files
    names : sequence of str
        Of files that were read before.
    scale : Scale
    progress : Progress

    Yields
    ------
    bytes
        Empty for a file that cannot be read any more.
    """
    contents = ((files.describe(name), read_file(files, name)) for name in names)
    low_and_high = (scale.low, scale.high)
    at_most = renditions.LONGEST_SIDE
    with closing(decode_each(contents, at_most, deep=True, on_scale=low_and_high)) as decoded:
        for image in track(decoded, progress, "Making pictures of 16 bits visible", len(names)):
            yield image.rendition if isinstance(image, DecodedImage) else b""
