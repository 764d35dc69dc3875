"""Which files of a folder or archive belong together as one set of tables or arrays, by name.

A name says to which part a file belongs and what is in it; what is left is the name of the set::

    train-images-idx3-ubyte.gz  t10k-labels-idx1-ubyte.gz     IDX, in any folder
    emnist-letters-train-images-idx3-ubyte.gz                 the set ``emnist-letters``
    mnist_train.csv  mnist_test.csv                           CSV, also .tsv and .csv.gz
    kmnist-train-imgs.npz  kmnist-train-labels.npz            arrays
    data/train-00000-of-00002.parquet                         Parquet, in one file or several
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from labeler.datasets.text.file_kinds import kind_by_ending
from labeler.datasets.text.split_words import Part, part_of

TRAIN, TEST, VALIDATION, WHOLE = Part.TRAIN.value, Part.TEST.value, Part.VALIDATION.value, ""
IMAGES, LABELS, BOTH = "images", "labels", ""

_CONTENTS = {
    IMAGES: {"images", "image", "imgs", "img", "x"},
    LABELS: {"labels", "label", "lbls", "y", "target", "targets"},
}
_NOISE = re.compile(r"idx[0-9]?|ubyte|of|[0-9]+|[0-9a-f]{16}")
_GLUED = re.compile(r"(x|y|images|labels)(train|test|val)|(train|test|val)(x|y|images|labels)")
_IDX = re.compile(r"(?:.*[-_.])?(?:idx[1-4]|ubyte|idx)", re.IGNORECASE)
_PLAIN_IDX = re.compile(r"(?:train|t10k|test)[-_.](?:images|labels)", re.IGNORECASE)
_UNNAMED = {"arr_0": (WHOLE, IMAGES), "arr_1": (WHOLE, LABELS)}
_KINDS = {"csv": "csv", "npz": "npz", "npy": "npz", "parquet": "parquet"}


@dataclass(frozen=True)
class TableSet:
    """Files that belong together.

    Attributes
    ----------
    kind : str
        ``"idx"``, ``"csv"``, ``"npz"`` or ``"parquet"``.
    folder : str
        Where they lie, without the end; empty for the root.
    prefix : str
        What their names have in common, in lower case, with dashes.
    files : dict of (part, content) to list of str
        ``part`` is ``"train"``, ``"test"``, ``"validation"`` or empty, ``content`` is
        ``"images"``, ``"labels"`` or empty where both are in it.
    """

    kind: str
    folder: str
    prefix: str
    files: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How it is asked for: below the folder or archive it lies in."""
        return "/".join(filter(None, (self.folder, self.prefix)))

    @property
    def parts(self) -> set[str]:
        """The parts that there are images of."""
        return {part for part, content in self.files if content != LABELS}

    @property
    def names(self) -> list[str]:
        """All its files."""
        return [name for names in self.files.values() for name in names]

    def of(self, part: str, content: str = BOTH) -> list[str]:
        """The files of one part."""
        return self.files.get((part, content), [])


def find_sets(names: Iterable[str]) -> list[TableSet]:
    """The sets among ``names`` that hold images, those at the top first."""
    sets: dict[tuple[str, str, str], TableSet] = {}
    for name in sorted(names, key=lambda name: (name.endswith(".gz"), name)):
        kind = kind_of(name)
        if not kind:
            continue
        folder, prefix, role = _parse(name, kind)
        tables = sets.setdefault((kind, folder, prefix), TableSet(kind, folder, prefix))
        same = tables.files.setdefault(role, [])
        # Beside an unpacked file its packed one says the same; only Parquet comes in pieces.
        if kind == "parquet" or not same:
            same.append(name)
    for tables in sets.values():
        _own_contents(tables)
    held = [tables for tables in sets.values() if tables.parts]
    return sorted(
        held, key=lambda tables: (tables.folder.count("/"), bool(tables.folder), tables.name)
    )


def _own_contents(tables: TableSet) -> None:
    """Take ``labels.npz`` for a file that says itself what is in it, where no other has images."""
    is_lone = tables.kind == "npz" and not tables.parts and tables.names[0].lower().endswith(".npz")
    if tables.kind == "parquet" or is_lone:
        for part, content in [role for role in tables.files if role[1] != BOTH]:
            tables.files.setdefault((part, BOTH), []).extend(tables.files.pop((part, content)))


def kind_of(name: str) -> str:
    """What kind of table or array a file is by its name; empty for any other."""
    base = name.rpartition("/")[2]
    stem = base[:-3] if base.lower().endswith(".gz") else base
    kind = _KINDS.get(kind_by_ending(stem), "")
    if kind in ("", "csv"):
        return kind or ("idx" if _IDX.fullmatch(stem) or _PLAIN_IDX.fullmatch(stem) else "")
    return kind if stem == base else ""


def _parse(name: str, kind: str) -> tuple[str, str, tuple[str, str]]:
    """Folder, prefix, and the part and content that a name speaks of."""
    folder, _, base = name.rpartition("/")
    part, content, rest = WHOLE, BOTH, []
    for word in _words(base, kind):
        found_part = _part_of(word)
        found_content = next((what for what, words in _CONTENTS.items() if word in words), "")
        if found_part and not part:
            part = found_part
        elif found_content and not content:
            content = found_content
        else:
            rest.append(word)
    if not part:
        above, _, last = folder.rpartition("/")
        part = _part_of(last.lower())
        folder = above if part else folder
    return folder, "-".join(rest), (part, content)


def _words(base: str, kind: str) -> list[str]:
    lowered = base.lower().removesuffix(".gz")
    stem = lowered if kind == "idx" else lowered.rpartition(".")[0]
    words = []
    for word in re.split(r"[-_. ]+", stem):
        glued = _GLUED.fullmatch(word)
        words += [part for part in glued.groups() if part] if glued else [word]
    is_noise = kind in ("idx", "parquet")
    return [word for word in words if word and not (is_noise and _NOISE.fullmatch(word))]


def _part_of(word: str) -> str:
    if word == "t10k":  # as MNIST calls it
        return TEST
    meaning = part_of(word)
    return meaning[0].value if meaning and not meaning[1] else WHOLE


def role_of_array(name: str) -> tuple[str, str] | None:
    """The part and the content that the name of an array speaks of; None where it says nothing.

    ``arr_0`` and ``arr_1`` are what NumPy calls images and labels that were given no name.
    """
    if name in _UNNAMED:
        return _UNNAMED[name]
    _, rest, (part, content) = _parse(f"{name}.npy", "npz")
    if rest == "data" and not content:
        return part, IMAGES
    return (part, content) if content and not rest else None


def table_stem(name: str) -> str:
    """The name of a table or array without its endings."""
    base = name.rpartition("/")[2].removesuffix(".gz")
    return base.rpartition(".")[0] if kind_of(base) != "idx" and "." in base else base


def arrange(parts: Iterable[str]) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Which parts are the pool and which the test part, and notes on that.

    What is to validate on is the test part where there is no other, and else joins the pool.
    """
    present = set(parts)
    test = next((part for part in (TEST, VALIDATION) if part in present), None)
    pool = [part for part in (TRAIN, WHOLE, VALIDATION) if part in present and part != test]
    if not pool:
        return [part for part in (TEST, VALIDATION) if part in present], [], ()
    if VALIDATION not in present:
        return pool, [test] if test else [], ()
    note = "is the test part" if test == VALIDATION else "joins the pool"
    return pool, [test] if test else [], (f"the part to validate on {note}",)
