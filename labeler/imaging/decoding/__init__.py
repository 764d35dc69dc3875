"""Foreign image files decoded in processes of their own, so that none can take us with it.

Image decoders are large C libraries, and a file made to break them is one upload away. Child
processes decode; each has limits on time and memory, and all that comes back from it is numbers
and words that are checked. If it crashes or hangs, the image it was at is refused (IMG-5) and the
child is gone; whoever asked goes on.

There is a child for each core, the second started when there is a second batch for it. Each costs
its start, once, and a copy of each image through a pipe::

    crew.py      several children at work, and what they report
    process.py   our end of one of them
    child.py     its own end
    replies.py   what it says of an image
    frames.py    what goes through the pipes
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial

from labeler.exceptions import InputError
from labeler.imaging.decoding.crew import Crew, Decoded, ImageFile
from labeler.imaging.decoding.process import DecodingProcess, Limits
from labeler.imaging.decoding.replies import Outcome
from labeler.imaging.images import DecodedImage

BATCH_IMAGES = 256
BATCH_BYTES = 8_000_000
BATCH_SQUARES = 32
"""The same of squares, which are larger than what an image is kept as."""

OnScale = tuple[float, float]
"""Which values of 16 bits become black and white."""


__all__ = ["DecodedImage", "Limits", "Outcome", "decode_each", "decode_images"]

OnDecoded = Callable[[int, Outcome], None]

_Files = Sequence[tuple[int, tuple[str, bytes | Outcome]]]


def decode_images(
    files: Iterable[tuple[str, bytes]],
    at_most: int,
    limits: Limits | None = None,
    *,
    on_scale: OnScale | None = None,
) -> Generator[DecodedImage, None, None]:
    """Decode image files, in their order, up to the first that is refused.

    Parameters
    ----------
    files : iterable of (str, bytes)
        What to call each in messages, and its content. Read some batches ahead.
    at_most : int
        Pixels along the longer side; see ``labeler.imaging.images.decode_image``.
    limits : Limits, optional
    on_scale : tuple of float, optional
        Which values of 16 bits become black and white; by default the smallest and the largest.

    Yields
    ------
    DecodedImage

    Raises
    ------
    InputError
        As ``labeler.imaging.images.decode_image``; IMG-5 where decoding crashed or did not end.
    LabelerError
        A child could not be started.
    """
    with closing(
        decode_each(files, at_most, limits, deep=on_scale is not None, on_scale=on_scale)
    ) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, InputError):
                raise outcome
            yield outcome


def decode_each(
    files: Iterable[tuple[str, bytes | Outcome]],
    at_most: int,
    limits: Limits | None = None,
    *,
    deep: bool = False,
    on_scale: OnScale | None = None,
    on_decoded: OnDecoded | None = None,
    square: bool = False,
) -> Generator[Outcome, None, None]:
    """Decode image files, in their order, whatever becomes of each.

    Parameters
    ----------
    files : iterable of (str, bytes or DecodedImage or InputError)
        As for ``decode_images``; what became of a file where that is known already: it was decoded
        before, or could not even be read.
    at_most, limits
        As for ``decode_images``.
    deep, on_scale, square
        See ``labeler.imaging.images.decode_image``.
    on_decoded : callable, optional
        Told the place of each file that was decoded now, and what became of it, as soon as that
        is known: before its turn has come, perhaps.

    Yields
    ------
    DecodedImage or InputError
        The error, where a file is refused.

    Raises
    ------
    LabelerError
        A child could not be started.
    InputError
        IMG-5 where too many files broke their child.
    """
    turns = _Turns(on_decoded)
    new_process = partial(DecodingProcess, at_most, limits or Limits(), deep, on_scale, square)
    with closing(Crew(new_process)) as crew:
        for batch in _batches(files, BATCH_SQUARES if square else BATCH_IMAGES):
            unknown = list[ImageFile]()
            for place, (source, data) in batch:
                if isinstance(data, bytes):
                    unknown.append(ImageFile(place, source, data))
                else:
                    turns.known[place] = data
            yield from turns.come()
            if unknown:
                yield from turns.through(crew.hand_out(unknown))
        yield from turns.through(crew.rest())


class _Turns:
    """What came in any order, in the order of its places."""

    def __init__(self, on_decoded: OnDecoded | None) -> None:
        self.known: dict[int, Outcome] = {}
        self._next = 0
        self._on_decoded = on_decoded

    def through(self, decoded: Iterable[Decoded]) -> Iterator[Outcome]:
        for place, outcome in decoded:
            if self._on_decoded is not None:
                self._on_decoded(place, outcome)
            self.known[place] = outcome
            yield from self.come()

    def come(self) -> Iterator[Outcome]:
        """All that are next."""
        while self._next in self.known:
            yield self.known.pop(self._next)
            self._next += 1


def _batches(files: Iterable[tuple[str, bytes | Outcome]], n_images: int) -> Iterator[_Files]:
    """Files with their places, as many at a time as one child is given."""
    batch: list[tuple[int, tuple[str, bytes | Outcome]]] = []
    n_bytes = 0
    for place, file in enumerate(files):
        batch.append((place, file))
        n_bytes += len(file[1]) if isinstance(file[1], bytes) else 0
        if len(batch) == n_images or n_bytes >= BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch
