"""What the folders of a data set mean: parts, classes, containers, copies, side pictures.

From the top: folders that hold nothing but another folder are looked through. Below them come

==============================  ==================================================
``train/`` and ``test/`` …      parts, each with a folder for each class, or none
``cat/``, ``dog/`` …            classes; ``cat/train/`` and ``cat/test/`` are parts of one
one folder, or no folder        no classes: a single class is none
==============================  ==================================================

Of several data sets with the same classes beside each other, one is read: they are copies.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from labeler.datasets.base import LeftOut
from labeler.datasets.containers.files import escaped
from labeler.datasets.layouts.folder_tree import Folder
from labeler.datasets.text.split_words import Part, part_of
from labeler.words import count, counted

_PICTURES = frozenset(
    ("images", "image", "imgs", "img", "pictures", "photos", "data", "jpegimages", "jpg", "png")
)
_SIDES = frozenset(
    ("masks", "mask", "annotations", "annotation", "labels", "label", "gt", "groundtruth",
     "ground_truth", "segmentation", "segmentations", "thumbnails", "thumbs", "previews")
)  # fmt: skip
_UNLABELED = re.compile(r"[-_ ]*(un[-_ ]?label+ed|no[-_ ]?labels?)", re.IGNORECASE)
"""Beside class folders, as FiftyOne and CVAT write it: images of unknown class."""

_FEW = 5
_COPIES = 2
"""Of one data set, beside each other; more than these are sources of one kind."""

Parts = dict[str, tuple[Part, str]]


@dataclass
class FolderLayout:
    """What the folders say.

    Attributes
    ----------
    top : Folder
        In which the data set lies; file names are relative to it.
    places : dict of str to (Part or None, str)
        For the path of each folder that is read: the part, and the class or nothing.
    parts : dict of str to Part
        The folders that are parts.
    class_folders : tuple of Folder
        Where classes are told by folders right in ``top``, or in one of its parts.
    lone : Folder or None
        The only folder that could name a class, and does not: a single one tells nothing apart.
    told : set of str
        The folders of which somebody said what they are: no list says otherwise.
    left_out : list of LeftOut
    warnings : list of str
    """

    top: Folder
    places: dict[str, tuple[Part | None, str]] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    class_folders: tuple[Folder, ...] = ()
    lone: Folder | None = None
    told: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def place(self, folder: Folder, part: Part | None, class_name: str = "") -> None:
        """Say what the images in a folder, and below it, are."""
        for inner in folder.walk():
            self.places[inner.path] = (part, class_name)

    def leave_out(self, folder: Folder, reason: str) -> None:
        """Say that a folder is not read."""
        images = counted(folder.n_images, "image")
        self.left_out.append(LeftOut(escaped(folder.path), f"{reason} ({images})"))


def read_layout(root: Folder) -> FolderLayout:
    """Tell what the folders below ``root`` mean."""
    folder, left_out = unwrap(root), list[LeftOut]()
    while (data_set := _set_inside(folder)) is not None:
        inner, reason = data_set
        layout = FolderLayout(folder, left_out=left_out)
        for other in folder.children.values():
            if not inner.path.startswith(other.path):
                layout.leave_out(other, reason)
        if folder.n_direct:
            _leave_out_loose(layout, f"beside {escaped(inner.path)}")
        folder = unwrap(inner)
    layout = FolderLayout(folder, left_out=left_out)
    if (folder.path and folder.children) or folder.path.count("/") > 1:
        layout.notes.append(f"read below {escaped(folder.path)}")
    if parts := _parts_in(folder):
        _place_parts(layout, parts)
    else:
        _place_classes(layout)
    return layout


def unwrap(folder: Folder) -> Folder:
    """The first folder inside that holds more than one other folder."""
    while not folder.n_direct and len(folder.children) == 1:
        (folder,) = folder.children.values()
    return folder


def _parts_in(folder: Folder) -> Parts:
    """The parts that a folder is divided into, with the class where their names tell it, too."""
    named = {name: meaning for name in folder.children if (meaning := part_of(name))}
    alike: dict[str, int] = {}
    for _, rest in named.values():
        alike[rest] = alike.get(rest, 0) + 1
    pairs = {rest for rest, n in alike.items() if n > 1}
    if not pairs:
        return {}
    tells_class = len(pairs) > 1 and not any(folder.children[name].children for name in named)
    if not tells_class:
        return {name: (part, "") for name, (part, _) in named.items()}
    return {name: meaning for name, meaning in named.items() if meaning[1] in pairs}


def _set_inside(folder: Folder) -> tuple[Folder, str] | None:
    """The one of a folder's folders that is the data set, and what is said of the others."""
    if _parts_in(folder):
        return None
    children = list(folder.children.values())
    sets = {child.path: classes for child in children if (classes := _classes_in_parts(child))}
    if 0 < len(sets) <= _COPIES and len(set(sets.values())) == 1:
        largest = max((child for child in children if child.path in sets), key=_weight)
        if len(sets) > 1 or 2 * largest.n_images >= folder.n_images:
            same = f"not read: the same classes are in {escaped(largest.path)}, which is used"
            beside = f"not read: it lies beside the data set in {escaped(largest.path)}"
            return largest, same if len(sets) > 1 else beside
    if len(children) == 1 and _is_few(folder.n_direct, children[0].n_images):
        inner = unwrap(children[0])
        return (inner, "") if len(inner.children) > 1 else None
    pictures = [child for child in children if child.name.casefold() in _PICTURES]
    n_sides = sum(child.name.casefold() in _SIDES for child in children)
    if len(pictures) == 1 and n_sides and n_sides == len(children) - 1:
        return pictures[0], f"not read: it lies beside {escaped(pictures[0].path)}"
    return None


def _weight(folder: Folder) -> int:
    return folder.n_images


def _is_few(n_direct: int, n_below: int) -> bool:
    """Whether images beside a data set are too few to be a part of it: previews and the like."""
    return n_direct <= _FEW and 4 * n_direct <= n_below


def _classes_in_parts(folder: Folder) -> frozenset[str]:
    """The classes of a data set with parts that lies in a folder; none where there is no such."""
    folder = unwrap(folder)
    parts = _parts_in(folder)
    names = _class_names([folder.children[name] for name in parts])
    return frozenset(name.casefold() for name in names)


def _class_names(parts: list[Folder]) -> set[str]:
    tops = [unwrap(part) for part in parts]
    names = {
        name for top in tops if len(top.children) > 1 for name in top.children if as_class(name)
    }
    alone = {top.name for top in tops if not is_wrapper(top)}
    return names or (alone if len(alone) > 1 else set())


def as_class(name: str) -> str:
    """What a folder's name says as a class: nothing where it holds what nobody labeled."""
    return "" if _UNLABELED.fullmatch(name) else name


def is_wrapper(folder: Folder) -> bool:
    """Whether a folder's name speaks of a part, or of pictures of any kind."""
    return folder.name.casefold() in _PICTURES or part_of(folder.name) is not None


def _place_parts(layout: FolderLayout, parts: Parts) -> None:
    folder = layout.top
    names = _class_names([folder.children[name] for name in parts])
    folders: dict[str, Folder] = {}
    for name, (part, own_class) in parts.items():
        child = folder.children[name]
        layout.parts[child.path] = part
        layout.place(child, part, own_class)
        for inner in _part_top(child, names).children.values() if names else ():
            layout.place(inner, part, as_class(inner.name))
            folders.setdefault(inner.name, inner)
    _place_others(layout, [folder.children[n] for n in folder.children if n not in parts], names)
    _place_loose(layout)
    layout.class_folders = tuple(f for f in folders.values() if as_class(f.name))
    if not (names or any(own_class for _, own_class in parts.values())):
        tops = (unwrap(folder.children[name]) for name in parts)
        layout.lone = next((top for top in tops if not is_wrapper(top)), None)


def _part_top(part: Folder, names: set[str]) -> Folder:
    """The folder of a part in which its class folders are."""
    top = part
    while not top.n_direct and len(top.children) == 1:
        (only,) = top.children.values()
        if only.name in names or not (only.children or is_wrapper(only)):
            break
        top = only
    return top


def _place_others(layout: FolderLayout, others: list[Folder], names: set[str]) -> None:
    """Folders beside the parts: classes of the pool, too, where some are named like classes."""
    flat = [
        folder
        for folder in others
        if folder.name in names or not (folder.children or is_wrapper(folder))
    ]
    are_classes = any(folder.name in names for folder in flat)
    for folder in others:
        if are_classes and folder in flat:
            layout.place(folder, Part.TRAIN, folder.name)
        else:
            _place_other(layout, folder, names)
    if are_classes or len(flat) > 1:
        layout.warnings.append(_beside_parts(flat, are_classes))


def _beside_parts(folders: list[Folder], are_classes: bool) -> str:
    shown = ", ".join(escaped(folder.path) for folder in folders[:_FEW])
    more = f" and {len(folders) - _FEW:,} more" if len(folders) > _FEW else ""
    images = counted(sum(folder.n_images for folder in folders), "image")
    name = "/" + escaped(folders[0].path.rstrip("/"))
    if are_classes:
        return (
            f"{shown}{more} beside the parts read as classes to label ({images}): if the parts "
            f"hold the same pictures, leave these out (--ignore {name} and so on)"
        )
    return (
        f"{shown}{more} beside the parts read as {images} of unknown class: say which are classes "
        f"(--one-class {name}) or not wanted (--ignore {name})"
    )


def _place_other(layout: FolderLayout, folder: Folder, names: set[str]) -> None:
    """A folder beside the parts whose name speaks of none."""
    classes = _classes_in_parts(folder)
    if classes and classes == {name.casefold() for name in names}:
        layout.leave_out(folder, "not read: it holds the same classes once more")
        return
    layout.place(folder, Part.TRAIN)
    for inner in unwrap(folder).children.values():
        if inner.name in names:
            layout.place(inner, Part.TRAIN, inner.name)
    images = counted(folder.n_images, "image")
    layout.notes.append(f"{escaped(folder.path)} is named like no part: its {images} to label")


def _place_loose(layout: FolderLayout) -> None:
    top = layout.top
    if not top.n_direct:
        return
    if _is_few(top.n_direct, top.n_images - top.n_direct):
        _leave_out_loose(layout, "beside the folders of the parts")
    else:
        layout.places[top.path] = (Part.TRAIN, "")


def _leave_out_loose(layout: FolderLayout, where: str) -> None:
    reason = f"not read: {counted(layout.top.n_direct, 'image')} {where}"
    layout.left_out.append(LeftOut(escaped(layout.top.path) or ".", reason))


def _place_classes(layout: FolderLayout) -> None:
    top = layout.top
    if len(top.children) < 2:
        layout.place(top, None)
        layout.lone = next(iter(top.children.values()), top)
        return
    children = tuple(top.children.values())
    inner_parts = {child.path: _parts_in(child) for child in children}
    has_parts = 2 * sum(map(bool, inner_parts.values())) >= len(children)
    layout.places[top.path] = (None, "")
    for child in children:
        class_name = as_class(child.name)
        layout.place(child, Part.TRAIN if has_parts else None, class_name)
        for name, (part, _) in inner_parts[child.path].items() if has_parts else ():
            inner = child.children[name]
            layout.parts[inner.path] = part
            layout.place(inner, part, class_name)
    layout.class_folders = tuple(child for child in children if as_class(child.name))


def part_notes(
    layout: FolderLayout | None, sizes: Mapping[Part, int], test: Part | None
) -> Iterator[str]:
    """What became of the parts.

    Parameters
    ----------
    layout : FolderLayout or None
        None where a list tells the parts.
    sizes : mapping of Part to int
        Images of each.
    test : Part or None
        The part to test on.
    """
    n_validation = sizes.get(Part.VALIDATION, 0)
    named = [
        path for path, part in (layout.parts if layout else {}).items() if part is Part.VALIDATION
    ]
    where = ", ".join(sorted({escaped(path) for path in named[:3]})) or "validation"
    if n_validation and test is Part.VALIDATION:
        yield f"{where} is the part to test on: {counted(n_validation, 'image')}"
    elif n_validation:
        yield f"{where} is to label, too: {count(n_validation)} of the images"
