"""What folders mean where somebody said so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from labeler.datasets.containers.files import Files
from labeler.datasets.corrections import Corrections, is_named, require_known, said_of
from labeler.datasets.layouts.folder_layout import FolderLayout, is_wrapper, unwrap
from labeler.datasets.layouts.folder_tree import Folder, folder_of
from labeler.datasets.text.split_words import Part, part_of
from labeler.words import printable

_PARTS = {"train": Part.TRAIN, "test": Part.TEST}


class Chosen:
    """Some of the files, under their names.

    Parameters
    ----------
    files : Files
    names : tuple of str
    """

    def __init__(self, files: Files, names: tuple[str, ...]) -> None:
        self.source, self.notes, self.root = files.source, files.notes, files.root
        self.names = names
        self.open, self.size = files.open, files.size
        self.path, self.describe, self.state = files.path, files.describe, files.state


@dataclass(frozen=True)
class _Said:
    """What holds for a folder by what was said of those above it."""

    part: Part | None = None
    class_name: str | None = None
    first: str = ""
    last: str = ""
    is_no_part: bool = False

    @property
    def is_told(self) -> bool:
        return self.part is not None or self.class_name is not None


def without_ignored(files: Files, corrections: Corrections) -> tuple[Files, list[str]]:
    """The files that are not to be ignored, and the names that none of them has.

    The latter may be classes.
    """
    if not corrections.ignore:
        return files, []
    used: dict[str, None] = {}
    folders: dict[str, bool] = {}
    names = []
    for name in files.names:
        folder = folder_of(name)
        if folder not in folders:
            folders[folder] = any([_is_ignored(above, corrections, used) for above in _above(name)])
        if not folders[folder] and not _is_ignored(name, corrections, used):
            names.append(name)
    unused = [name for name in corrections.ignore if name not in used]
    return Chosen(files, tuple(names)), unused


def _above(name: str) -> Iterator[str]:
    """The folders above a file, the outermost first."""
    parts = folder_of(name).split("/")[:-1]
    return ("/".join(parts[: n + 1]) for n in range(len(parts)))


def _is_ignored(path: str, corrections: Corrections, used: dict[str, None]) -> bool:
    names = [name for name in corrections.ignore if is_named(path, name)]
    used.update(dict.fromkeys(names))
    return bool(names)


def correct_layout(
    layout: FolderLayout, root: Folder, corrections: Corrections, source: str
) -> FolderLayout:
    """The layout of the same folders, as somebody said that they are meant.

    Parameters
    ----------
    layout : FolderLayout
        As they were read.
    root : Folder
    corrections : Corrections
    source : str
        What to call the whole.

    Raises
    ------
    InputError
        READ-1: there is no such folder.
    """
    if not corrections.moves_folders:
        return layout
    roles = _roles(root, corrections, source)
    corrected = FolderLayout(root, parts=dict(layout.parts))
    _Placing(layout, corrected, roles, corrections.class_folder, unwrap(root).path).place(
        root, _Said()
    )
    read = {printable(path) for path in corrected.places}
    corrected.left_out = [bad for bad in layout.left_out if bad.file not in read]
    return corrected


def _roles(root: Folder, corrections: Corrections, source: str) -> dict[str, Part | None]:
    """The part that each folder is said to be, by its path; None for a class."""
    roles: dict[str, Part | None] = {}
    unknown = []
    paths = [folder.path.rstrip("/") for folder in root.walk() if folder.path]
    for name, role in said_of(corrections):
        named = [path for path in paths if is_named(path, name)]
        roles |= dict.fromkeys((f"{path}/" for path in named), _PARTS.get(role))
        unknown += [] if named else [name]
    if not corrections.is_lenient:
        require_known(unknown, paths, source)
    return _beside(root, roles) | roles


def _beside(root: Folder, roles: Mapping[str, Part | None]) -> dict[str, Part | None]:
    """Folders named like parts beside one that is said to be a part: they are, too."""
    beside: dict[str, Part | None] = {}
    for folder in root.walk():
        children = folder.children.values()
        if any(roles.get(child.path) is not None for child in children):
            beside |= {child.path: told[0] for child in children if (told := part_of(child.name))}
    return beside


@dataclass(frozen=True)
class _Placing:
    """Puts folders into their places.

    Attributes
    ----------
    found, corrected : FolderLayout
    roles : dict of str to (Part or None)
        What somebody said of a folder, by its path: a part, or None for a class.
    class_folder : str
    top : str
        The folder below which names are of classes.
    """

    found: FolderLayout
    corrected: FolderLayout
    roles: dict[str, Part | None]
    class_folder: str
    top: str

    def place(self, folder: Folder, said: _Said) -> None:
        """Place a folder, and those below it."""
        said = self._said_of(folder, said)
        place = self._meaning(said, self.found.places.get(folder.path))
        if place is not None:
            self.corrected.places[folder.path] = place
        if said.is_told:
            self.corrected.told.add(folder.path)
        for child in folder.children.values():
            self.place(child, said)

    def _said_of(self, folder: Folder, said: _Said) -> _Said:
        part = self.roles.get(folder.path)
        if part is not None:
            self.corrected.parts[folder.path] = part
            return _Said(part=part)
        if folder.path in self.roles:
            is_part = self.corrected.parts.pop(folder.path, None) is not None
            return replace(said, class_name=folder.name, is_no_part=said.is_no_part or is_part)
        if folder.path in self.found.parts or not folder.path.removeprefix(self.top):
            return said
        name = "" if is_wrapper(folder) or not folder.path.startswith(self.top) else folder.name
        return replace(said, first=said.first or name, last=name or said.last)

    def _meaning(
        self, said: _Said, found: tuple[Part | None, str] | None
    ) -> tuple[Part | None, str] | None:
        """Part and class of a folder; None where it is not read."""
        if found is None and not said.is_told:
            return None
        part, class_name = found or (None, "")
        if said.class_name is not None:
            class_name = said.class_name
        elif self.class_folder or said.part is not None:
            class_name = {"last": said.last, "none": ""}.get(self.class_folder, said.first)
        return said.part or (None if said.is_no_part else part), class_name
