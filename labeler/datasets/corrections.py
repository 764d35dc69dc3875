"""What somebody says of files that would be read otherwise: parts, classes, what to leave out.

A folder is named by the end of its path (``raw``, ``2024/raw``), or by all of it from the top, with
a slash before it (``/raw``). What a folder is said to be holds for all below it, until a folder
there is said to be something else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeler.config import CLASS_FOLDERS
from labeler.datasets.base import Dataset, Split
from labeler.exceptions import InputError
from labeler.records import UNLABELED
from labeler.words import printable

_SHOWN = 8
_LEFT_OUT = UNLABELED - 1


@dataclass(frozen=True)
class Corrections:
    """What was said; empty, everything is read as it is found.

    Attributes
    ----------
    ignore : tuple of str
        Folders, files or classes that are not read.
    train, test : tuple of str
        Folders that are parts: with images to label, and to test on.
    one_class : tuple of str
        Folders that are a class with all that is in them.
    class_folder : str
        One of ``CLASS_FOLDERS``, or empty.
    renamed : tuple of (str, str)
        Classes and what each is to be called, one after the other; two of one name become one.
    is_lenient : bool
        Whether a folder or class that is not there is passed over; else it is an error.

    Raises
    ------
    InputError
        READ-1: one folder is said to be two things, or a new name is none.
    """

    ignore: tuple[str, ...] = ()
    train: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    one_class: tuple[str, ...] = ()
    class_folder: str = ""
    renamed: tuple[tuple[str, str], ...] = ()
    is_lenient: bool = False

    def __post_init__(self) -> None:
        said = [*self.ignore, *self.roles(), *(old for old, _ in self.renamed)]
        twice = next((name for name in said if said.count(name) > 1), None)
        if twice is not None:
            raise _wrong(twice, "said to be two things", "one thing for each folder or class")
        if self.class_folder not in ("", *CLASS_FOLDERS):
            raise _wrong(self.class_folder, "no such choice", f"one of {', '.join(CLASS_FOLDERS)}")
        if any(not new.strip() for _, new in self.renamed):
            raise _wrong("class", "an empty new name", "a name for each class")

    def __bool__(self) -> bool:
        return self != AS_FOUND

    @property
    def moves_folders(self) -> bool:
        """Whether folders mean something else than they are found to."""
        return bool(self.train or self.test or self.one_class or self.class_folder)

    def roles(self) -> list[str]:
        """Every folder that is said to be a part or a class."""
        return [*self.train, *self.test, *self.one_class]

    def in_words(self) -> str:
        """One line for people; empty where nothing was said."""
        said = [
            *(f"{name} left out" for name in self.ignore),
            *(f"{name} to label" for name in self.train),
            *(f"{name} to test on" for name in self.test),
            *(f"{name} one class" for name in self.one_class),
            *(f"{old} called {new}" for old, new in self.renamed),
        ]
        if self.class_folder:
            said.append(f"class folder: {self.class_folder}")
        return f"as you said: {printable(', '.join(said))}" if said else ""


AS_FOUND = Corrections()
"""Nothing was said."""


def is_named(path: str, name: str) -> bool:
    """Whether ``name`` means the folder or file of that path (without a slash at its end)."""
    wanted = name.rstrip("/")
    if wanted.startswith("/"):
        return path == wanted[1:]
    return path == wanted or path.endswith(f"/{wanted}")


def require_known(names: Iterable[str], known: Sequence[str], source: str) -> None:
    """Refuse corrections of what is not there.

    Raises
    ------
    InputError
        READ-1
    """
    for name in names:
        shown = ", ".join(map(printable, known[:_SHOWN])) + (", …" if len(known) > _SHOWN else "")
        expected = f"one of {shown}" if known else "a folder or class that is there"
        raise _wrong(name, f"nothing of that name in {source}", expected)


def final_names(
    classes: Iterable[str], corrections: Corrections, maybe_classes: Sequence[str], source: str
) -> dict[str, str]:
    """What each class is called in the end; those that are left out are not in it.

    Parameters
    ----------
    classes : iterable of str
        As they are found.
    corrections : Corrections
    maybe_classes : sequence of str
        What is to be ignored and is no file or folder: a class by either name.
    source : str
        What to call the whole.

    Raises
    ------
    InputError
        READ-1: there is no such class.
    """
    names = {name: name for name in classes}
    found = list(names)
    for old, new in corrections.renamed:
        if not corrections.is_lenient:
            require_known([] if old in names.values() else [old], found, source)
        names = {name: new if called == old else called for name, called in names.items()}
    known = {*names, *names.values()}
    if not corrections.is_lenient:
        require_known((name for name in maybe_classes if name not in known), found, source)
    return {
        name: called for name, called in names.items() if not {name, called} & set(maybe_classes)
    }


def correct_classes(dataset: Dataset, corrections: Corrections) -> Dataset:
    """Rename, join and leave out classes of a data set that has no folders.

    Raises
    ------
    InputError
        READ-1: something else is corrected, or a class that is not there.
    """
    if not corrections:
        return dataset
    source = dataset.source or dataset.name
    wrong = corrections.roles()
    wrong += [f"class folder {corrections.class_folder}"] if corrections.class_folder else []
    require_known(wrong, dataset.classes, source)
    called = final_names(dataset.classes, corrections, corrections.ignore, source)
    classes = tuple(dict.fromkeys(called.values()))
    numbers = np.array(
        [classes.index(called[name]) if name in called else _LEFT_OUT for name in dataset.classes]
    )
    train = _renumbered(dataset.train, numbers)
    test = None if dataset.test is None else _renumbered(dataset.test, numbers)
    if not len(train):
        raise _wrong(dataset.name, "no image is left to label", "a class that is not left out")
    note = corrections.in_words()
    return replace(dataset.with_notes(note), classes=classes, train=train, test=test)


def _renumbered(split: Split, numbers: np.ndarray) -> Split:
    """The images whose class is kept, and those of unknown class, with new numbers."""
    labels = np.full(len(split), UNLABELED, dtype=np.int64)
    labels[split.is_labeled] = numbers[split.labels[split.is_labeled]]
    stays = labels != _LEFT_OUT
    return replace(split.take(np.flatnonzero(stays)), labels=labels[stays])


def said_of(corrections: Corrections) -> Iterator[tuple[str, str]]:
    """Each folder that is said to be something, and what: ``train``, ``test`` or ``class``."""
    yield from ((name, "train") for name in corrections.train)
    yield from ((name, "test") for name in corrections.test)
    yield from ((name, "class") for name in corrections.one_class)


def _wrong(name: str, found: str, expected: str) -> InputError:
    return InputError(
        "READ-1",
        printable(name)[:200],
        found=found,
        expected=expected,
        remedy="labeler inspect shows what is there, and as what it is read.",
    )
