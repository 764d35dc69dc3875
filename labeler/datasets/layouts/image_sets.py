"""Image files to parts and classes: what folders say, then what lists beside the images say.

The list of a data set by its name (``labels.csv``, ``metadata.jsonl``, ``train.csv``) comes before
class folders, any other list after them. What is left out is listed with the reason.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from labeler.datasets.base import LeftOut
from labeler.datasets.classes import sorted_classes
from labeler.datasets.containers.files import Below, Files, escaped
from labeler.datasets.corrections import AS_FOUND, Corrections, final_names
from labeler.datasets.image_files import SortedImages, unreadable_images
from labeler.datasets.layouts.corrected_layout import correct_layout, without_ignored
from labeler.datasets.layouts.folder_layout import FolderLayout, part_notes, read_layout
from labeler.datasets.layouts.folder_tree import folder_of, grow_tree
from labeler.datasets.layouts.layout_warnings import (
    folder_warnings,
    lone_folder_warning,
    single_class_warning,
)
from labeler.datasets.listings.lists import Listed, find_lists, read_listed, read_names
from labeler.datasets.listings.name_index import NameIndex
from labeler.datasets.provenance import unmarked_warning
from labeler.datasets.text.file_kinds import ARCHIVE_ENDINGS, LIST_ENDINGS
from labeler.datasets.text.image_names import is_image_name
from labeler.datasets.text.split_words import Part, part_of
from labeler.imaging.images import HEIC_REMEDY
from labeler.words import count, counted

_ARCHIVES = (*ARCHIVE_ENDINGS, ".7z", ".rar", ".tar.bz2", ".tar.xz")
_ABOUT = re.compile(
    r"(?:.*/)?(readme|read[-_ ]me|licen[cs]e|copying|notice|citation|authors|change(s|log))"
    r"[^/]*|(?:.*/)?[^/]*\.(md|rst|pdf|html?|url|bib|sha\d+|md5)",
    re.IGNORECASE,
)
"""Of files that tell people about an archive beside them."""

_SYNSETS = "synsets.txt"
"""Where ImageNet's layout names its classes, a line for each number, as CVAT writes it, too."""

_NUMBER = re.compile(r"[0-9]{1,6}")
_SHOWN = 3


@dataclass
class _Gathered:
    """What is known of each image of the data set, in the order of the names."""

    names: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    parts: list[Part | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def sort_images(files: Files, corrections: Corrections = AS_FOUND) -> tuple[Files, SortedImages]:
    """Say which images are of which part and class.

    Parameters
    ----------
    files : Files
    corrections : Corrections

    Returns
    -------
    files : Files
        Those of the folder in which the data set lies.
    sorted : SortedImages
        Names in that folder.

    Raises
    ------
    InputError
        CSV-1 to CSV-3, CSV-6, CSV-7: a list of the data set cannot be read. READ-1: a correction
        is of something that is not there.
    """
    files, maybe_classes = without_ignored(files, corrections)
    images = [name for name in files.names if is_image_name(name)]
    unreadable = unreadable_images(files.names)
    tree = grow_tree(images)
    layout = correct_layout(read_layout(tree), tree, corrections, files.source)
    lists, missed = find_lists(files, NameIndex(images)) if images else ([], [])
    gathered = _by_folder(images, layout)
    gathered.warnings += missed
    gathered.left_out += [*layout.left_out, *unreadable]
    if unreadable:
        n_unreadable = counted(len(unreadable), "HEIC image")
        gathered.notes.append(f"{n_unreadable} left out. {HEIC_REMEDY}")
    gathered.notes += inner_archives(files.names)
    used = [] if corrections.class_folder else _lists_to_use(lists, gathered.classes)
    if not corrections.class_folder:
        gathered.warnings += _unclear_warnings(lists, used)
    gathered.notes += _by_class_names(files, used)
    _take_lists(gathered, used, images)
    _keep_told(gathered, layout)
    _correct_classes(gathered, corrections, maybe_classes, files.source)
    if not any(listed.tells_classes for listed in used):
        gathered.warnings += [*layout.warnings, *folder_warnings(layout.class_folders)]
        gathered.warnings += lone_folder_warning(layout)
    gathered.warnings += unmarked_warning(files, sum(map(bool, gathered.classes)))
    n_archives = sum(name.lower().endswith(_ARCHIVES) for name in files.names)
    n_others = len(files.names) - len(images) - len(used) - len(unreadable) - n_archives
    others = _others_note(n_others, files, used)
    top = layout.top.path
    if top:
        gathered.names = [name.removeprefix(top) for name in gathered.names]
        files = Below(files, top)
    return files, replace(
        _sorted(gathered, layout, others, used, corrections.class_folder), top=top
    )


def sort_listed(files: Files, list_name: str) -> SortedImages | None:
    """Take only the images that one list names, in its order; None where it names none.

    Raises
    ------
    InputError
        As ``sort_images``.
    """
    images = [name for name in files.names if is_image_name(name)]
    listed = read_listed(files, list_name, NameIndex(images))
    if listed is None or not listed.numbers:
        return None
    gathered = _Gathered(
        [images[number] for number in listed.numbers], list(listed.classes), list(listed.parts)
    )
    _tell(gathered, listed)
    return _sorted(gathered, None, "", [listed])


def lone_archive(names: Sequence[str]) -> str | None:
    """The archive among these names, if it is one that is read, and all else is about it."""
    archives = [name for name in names if name.lower().endswith(ARCHIVE_ENDINGS)]
    if len(archives) != 1 or not all(map(_ABOUT.fullmatch, set(names) - set(archives))):
        return None
    return archives[0]


def inner_archives(names: Iterable[str]) -> Iterator[str]:
    """A note on archives among the files: what is in them is not looked at."""
    archives = [name for name in names if name.lower().endswith(_ARCHIVES)]
    if archives:
        shown = ", ".join(escaped(name) for name in archives[:_SHOWN])
        more = ", …" if len(archives) > _SHOWN else ""
        yield (
            f"{counted(len(archives), 'archive')} inside not opened ({shown}{more}): unpack first "
            "what you want to be read"
        )


def _others_note(n_others: int, files: Files, used: Sequence[Listed]) -> str:
    """How many files are not used, with those of them that might be lists."""
    lists = {listed.name for listed in used}
    texts = [
        name for name in files.names if name.lower().endswith(LIST_ENDINGS) and name not in lists
    ]
    shown = ", ".join(map(escaped, texts[:_SHOWN])) + (", …" if len(texts) > _SHOWN else "")
    if n_others <= 0:
        return ""
    return f"{counted(n_others, 'other file')} ignored" + (f" ({shown})" if shown else "")


def _by_folder(images: Sequence[str], layout: FolderLayout) -> _Gathered:
    gathered = _Gathered(notes=list(layout.notes))
    for name in images:
        place = layout.places.get(folder_of(name))
        if place is not None:
            gathered.names.append(name)
            gathered.parts.append(place[0])
            gathered.classes.append(place[1])
    return gathered


def _lists_to_use(lists: Sequence[Listed], classes: Sequence[str]) -> list[Listed]:
    """Those that say something which the folders do not say better."""
    has_folders = any(classes)
    telling = [
        listed
        for listed in lists
        if listed.tells_classes
        and (not has_folders or (listed.is_known and not _is_mostly_unclear(listed)))
    ]
    if not telling:
        return []
    return [
        listed
        for listed in lists
        if listed in telling or (listed.is_known and part_of(_stem(listed)))
    ]


def _is_mostly_unclear(listed: Listed) -> bool:
    """Whether most names in a list may be several images, so that class folders say more."""
    return not listed.is_provenance and len(listed.unclear) > len(listed.numbers)


def _unclear_warnings(lists: Sequence[Listed], used: Sequence[Listed]) -> Iterator[str]:
    for listed in lists:
        if listed.is_known and listed.tells_classes and listed not in used:
            yield (
                f"{escaped(listed.name)} is not used: most of its names may be several images here"
            )


def _by_class_names(files: Files, lists: Sequence[Listed]) -> Iterator[str]:
    """Give the numbers in lists the names that ImageNet has in a file of its own, and say so."""
    numbers = {label for listed in lists for label in listed.classes if label}
    if not numbers or not all(map(_NUMBER.fullmatch, numbers)):
        return
    for name in [name for name in files.names if PurePosixPath(name).name == _SYNSETS][:1]:
        called = dict(enumerate(read_names(files, name)))
        if {int(label) for label in numbers} <= called.keys():
            for listed in lists:
                listed.classes = [called[int(label)] if label else "" for label in listed.classes]
            yield f"the numbers of classes are named by {escaped(name)}"


def _by_folder_names(
    listed: Listed, classes: Sequence[str], place_of: dict[str, int], images: Sequence[str]
) -> Iterator[str]:
    """Give the numbers in a list the names of the class folders that they stand for, and say so."""
    places = [place_of.get(images[number]) for number in listed.numbers]
    told = zip(listed.classes, places, strict=True)
    pairs = {(label, classes[place]) for label, place in told if label and place is not None}
    called = dict(pairs)
    is_clear = len(pairs) > 1 and len(pairs) == len(called) == len(set(called.values()))
    if (
        is_clear
        and all(map(str.isdecimal, called))
        and not any(map(str.isdecimal, called.values()))
    ):
        listed.classes = [called.get(label, label) for label in listed.classes]
        yield f"the numbers in {escaped(listed.name)} stand for the class folders, which name them"


def _stem(listed: Listed) -> str:
    return listed.name.rpartition("/")[2].rpartition(".")[0]


def _take_lists(gathered: _Gathered, lists: Sequence[Listed], images: Sequence[str]) -> None:
    if not lists:
        return
    by_folder = {"", *gathered.classes}
    place_of = {name: place for place, name in enumerate(gathered.names)}
    seen: set[int] = set()
    by_name = {id(listed): meaning[0] for listed in lists if (meaning := part_of(_stem(listed)))}
    tells_parts = len(set(by_name.values())) > 1
    for listed in lists:
        gathered.notes += _by_folder_names(listed, gathered.classes, place_of, images)
        part_by_name = by_name.get(id(listed)) if tells_parts else None
        for number, class_name, part in zip(
            listed.numbers, listed.classes, listed.parts, strict=True
        ):
            place = place_of.get(images[number])
            if place is None or place in seen:
                continue
            seen.add(place)
            gathered.parts[place] = part or part_by_name or gathered.parts[place]
            if listed.tells_classes:
                gathered.classes[place] = class_name
        _tell(gathered, listed)
    if not by_folder.issuperset(class_name for listed in lists for class_name in listed.classes):
        for place in set(range(len(gathered.names))) - seen:
            gathered.classes[place] = ""
    names = ", ".join(escaped(listed.name) for listed in lists)
    n_others = sum(place not in seen and not known for place, known in enumerate(gathered.classes))
    if n_others:
        gathered.notes.append(f"{count(n_others)} images are not in {names}: class unknown")


def _keep_told(gathered: _Gathered, layout: FolderLayout) -> None:
    """What somebody said of a folder holds against every list."""
    for place, name in enumerate(gathered.names if layout.told else ()):
        folder = folder_of(name)
        if folder in layout.told:
            gathered.parts[place], gathered.classes[place] = layout.places[folder]


def _correct_classes(
    gathered: _Gathered, corrections: Corrections, maybe_classes: Sequence[str], source: str
) -> None:
    """Rename, join and leave out classes."""
    if not corrections:
        return
    called = final_names(sorted_classes(gathered.classes), corrections, maybe_classes, source)
    called[""] = ""
    kept = [place for place, name in enumerate(gathered.classes) if name in called]
    gathered.names = [gathered.names[place] for place in kept]
    gathered.parts = [gathered.parts[place] for place in kept]
    gathered.classes = [called[gathered.classes[place]] for place in kept]
    gathered.notes.append(corrections.in_words())


def _tell(gathered: _Gathered, listed: Listed) -> None:
    gathered.notes += listed.notes()
    gathered.left_out += [*listed.absent, *listed.unclear]


def _sorted(
    gathered: _Gathered,
    layout: FolderLayout | None,
    others: str,
    lists: Sequence[Listed],
    class_folder: str = "",
) -> SortedImages:
    sizes = Counter(part for part in gathered.parts if part is not None)
    known = {
        part for part, name in zip(gathered.parts, gathered.classes, strict=True) if part and name
    }
    test = next((part for part in (Part.TEST, Part.VALIDATION) if part in known), None)
    has_pool = len(sizes.keys() - {test, Part.TEST}) > 0 or None in gathered.parts
    test = test if has_pool else None
    dropped = Part.TEST if has_pool and test is not Part.TEST else None
    in_parts = list(zip(gathered.names, gathered.parts, strict=True))
    pool = tuple(name for name, part in in_parts if part is None or part not in (test, dropped))
    held = tuple(name for name, part in in_parts if part and part in (test, dropped))
    classes = {
        name: known_as
        for name, known_as in zip(gathered.names, gathered.classes, strict=True)
        if known_as
    }
    notes = [*gathered.notes, *part_notes(layout, sizes, test)]
    if not lists and layout and not layout.parts:
        notes += _folder_notes(pool, classes, is_told=class_folder == "none")
    notes += [others] if others else []
    return SortedImages(
        pool,
        held,
        classes,
        tuple(notes),
        tuple(gathered.left_out),
        (*gathered.warnings, *single_class_warning(set(classes.values()))),
    )


def _folder_notes(pool: Sequence[str], classes: dict[str, str], *, is_told: bool) -> Iterator[str]:
    n_outside = sum(name not in classes for name in pool)
    if classes and n_outside:
        yield f"{count(n_outside)} images outside the class folders: class unknown"
    elif not classes and any("/" in name for name in pool):
        folders = counted(len({folder_of(name) for name in pool}), "folder")
        why = "no folder names a class, as you said" if is_told else "none of them names a class"
        yield f"{folders} read as one pile: {why}"
