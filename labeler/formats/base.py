"""What a format is: the rows of a label set in, named files out, a chunk of bytes at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from labeler.exceptions import ConfigError
from labeler.formats.rows import LabelRows
from labeler.progress import SILENT, Progress
from labeler.words import installing


class Images(StrEnum):
    """Whether a format holds the images themselves."""

    NEVER = "never"
    OPTIONAL = "optional"
    ALWAYS = "always"


class HeldOut(StrEnum):
    """Whether a format holds the images that are held out to test on."""

    NEVER = "never"
    ASKED = "asked"
    """As a side of its own, which changes where everything lies: only where it is asked for."""
    USUAL = "usual"
    """As rows that say so: unless told otherwise."""


@dataclass(frozen=True)
class File:
    """One file of a set, or a folder that is there even if nothing is in it.

    Attributes
    ----------
    name : str
        Relative to the set, with ``/`` between folders; safe on every system. A folder's name
        ends with ``/``.
    chunks : iterable of bytes
        Made while they are asked for; to be gone through once, in the order of the files.
    original : Path or None
        A file with the same content, to be linked to where the file system can.
    """

    name: str
    chunks: Iterable[bytes] = ()
    original: Path | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.name.endswith("/")


@dataclass(frozen=True)
class Options:
    """How a set is written.

    Attributes
    ----------
    name : str
        What the set is called: the name of its file or folder, without suffix.
    with_images : bool
        Whether the images are in it, where the format leaves the choice.
    with_links : bool
        Whether originals are linked to where the file system can, not copied.
    raw : bool
        Whether text in CSV is as it is: a spreadsheet may then run a name as a formula.
    version : str
        What spread the labels, for tools that keep several predictions apart.
    progress : Progress
    """

    name: str = "labels"
    with_images: bool = False
    with_links: bool = False
    raw: bool = False
    version: str = "labeler"
    progress: Progress = SILENT


@dataclass(frozen=True)
class Format:
    """One way to write a label set.

    Attributes
    ----------
    name : str
        As the user gives it.
    title : str
        As people read it.
    purpose : str
        Which tool it is for: one plain sentence, which begins with ``For`` and may explain after a
        colon. It is the file's constant ``PURPOSE``, so that it can be read without its imports.
    loading : str
        The line that loads it there; ``SET`` stands for the path.
    loading_sides : str
        The line for a set whose sides lie apart; ``SET`` stands for the folder. Empty: the same.
    loading_colour : str
        The line for colour images. Empty: the same.
    files : callable
        Rows and options in, files out.
    suffix : str or None
        Of its only file; None for a format of several files: a folder or a zip.
    side_file : str
        What the file of one side is called in a folder, with ``{side}`` for ``train`` and so on.
    images : Images
    held_out : HeldOut
    has_csv : bool
        Whether there is CSV in it, which can be written raw.
    labeled_only : bool
        Whether it has no way to say "no label": such images are left out.
    with_predictions : bool
        Whether it needs ``LabelRows.predicted``.
    with_files : bool
        Whether images in it are files, which can be the user's own, not arrays of pixels.
    library : str or None
        What has to be installed to write it: a module of the extra of the format's name.
    """

    name: str
    title: str
    purpose: str
    loading: str
    files: Callable[[LabelRows, Options], Iterator[File]]
    suffix: str | None = None
    loading_sides: str = ""
    loading_colour: str = ""
    side_file: str = ""
    images: Images = Images.OPTIONAL
    held_out: HeldOut = HeldOut.NEVER
    has_csv: bool = False
    labeled_only: bool = False
    with_predictions: bool = False
    with_files: bool = True
    library: str | None = None

    @property
    def is_available(self) -> bool:
        """Whether what it needs is installed."""
        return self.library is None or find_spec(self.library) is not None

    def holds_images(self, wanted: bool | None) -> bool:
        """Whether a set will hold the images.

        Parameters
        ----------
        wanted : bool or None
            None: wherever the format has room for them.

        Raises
        ------
        ConfigError
            The format cannot do what is wanted.
        """
        if wanted is None:
            return self.images is not Images.NEVER
        if wanted and self.images is Images.NEVER:
            raise ConfigError(f"{self.name} holds no images; choose another format for them.")
        if not wanted and self.images is Images.ALWAYS:
            raise ConfigError(f"{self.name} is made of images; choose csv for the labels alone.")
        return wanted

    def holds_test(self, wanted: bool | None) -> bool:
        """Whether a set will hold the images that are held out to test on.

        Parameters
        ----------
        wanted : bool or None
            None: where each row says what it is for.

        Raises
        ------
        ConfigError
            The format has no place for them.
        """
        if wanted and self.held_out is HeldOut.NEVER:
            raise ConfigError(
                f"{self.name} has no place for what is held out to test on; choose another format."
            )
        return self.held_out is HeldOut.USUAL if wanted is None else wanted

    def line(self, *, has_sides: bool = False, is_colour: bool = False) -> str:
        """The line that loads a set of such images, perhaps with its sides apart."""
        if is_colour and self.loading_colour:
            return self.loading_colour
        return self.loading_sides if has_sides and self.loading_sides else self.loading

    def require_available(self) -> None:
        """Refuse to begin without the library that writes the format.

        Raises
        ------
        ConfigError
        """
        if not self.is_available:
            raise ConfigError(f"{self.title} needs {self.library}: {installing(self.name)}.")
