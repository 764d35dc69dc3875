"""Tables and arrays that lie in a folder or archive, in whatever names and layout people give them.

Of several sets the one that has a part to train on and one to test on is read, and the others are
listed; where that leaves a choice, the sets are named, and one is asked for by its name below the
path (``archive.zip/emnist-letters``). A few pictures beside a table are previews.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

from labeler.datasets.base import Dataset, LeftOut
from labeler.datasets.containers.files import Files, escaped
from labeler.datasets.listings.lists import is_parquet_list
from labeler.datasets.provenance import unmarked_warning
from labeler.datasets.tabular.csv import is_pixel_csv, load_csv_set, refuse_list
from labeler.datasets.tabular.idx_sets import load_idx_set
from labeler.datasets.tabular.npz import load_array_set
from labeler.datasets.tabular.parquet import load_parquet_set
from labeler.datasets.tabular.table_sets import TEST, TRAIN, WHOLE, TableSet, find_sets
from labeler.datasets.text.image_names import is_image_name
from labeler.exceptions import InputError
from labeler.progress import SILENT, Progress

_MOST_PREVIEWS = 20

_READERS: dict[str, Callable[[Files, TableSet, str, Progress], Dataset]] = {
    "idx": load_idx_set,
    "npz": load_array_set,
    "parquet": load_parquet_set,
    "csv": load_csv_set,
}
"""By kind; of two that hold one set the first is taken."""


def load_tables(files: Files, name: str, progress: Progress = SILENT) -> Dataset | None:
    """Read the tables or arrays among ``files``.

    Parameters
    ----------
    files : Files
    name : str
        What to call the data set.
    progress : Progress

    Returns
    -------
    Dataset or None
        None where there are none, or so many pictures that these are the data.

    Raises
    ------
    InputError
        The readers' own codes; SET-1 where several sets leave a choice.
    """
    plan = find_tables(files)
    if plan is None:
        return None
    chosen, others = plan
    dataset = _READERS[chosen.kind](files, chosen, name, progress)
    warnings = (*dataset.warnings, *unmarked_warning(files, dataset.n_labeled))
    return replace(dataset, left_out=(*dataset.left_out, *others), warnings=warnings)


def find_tables(files: Files) -> tuple[TableSet, list[LeftOut]] | None:
    """The set that ``load_tables`` would read, and what lies beside it; None where it reads none.

    Raises
    ------
    InputError
        SET-1 where several sets leave a choice.
    """
    pictures = list(filter(is_image_name, files.names))
    if len(pictures) > _MOST_PREVIEWS:
        return None
    named = _readable_sets(files)
    sets = [tables for tables in named if _is_data(files, tables)]
    if not sets and (pictures or not named):
        return None
    if not sets:  # tables that are none: say why, or let the reader say it
        for name in named[0].names:
            refuse_list(files, name)
        sets = named[:1]
    chosen = _choose(files, sets)
    others = [name for tables in sets if tables is not chosen for name in tables.names]
    other = f"another table than {_called(chosen)}"
    left_out = [LeftOut(escaped(name), other) for name in others]
    left_out += [LeftOut(escaped(name), "a picture beside the tables") for name in pictures]
    return chosen, left_out


def load_named(files: Files, asked: str, progress: Progress = SILENT) -> Dataset | None:
    """Read the set that is called ``asked``, in any case; None where there is none.

    Its folder need not be named where that leaves no choice.
    """
    sets, wanted = _readable_sets(files), asked.lower()
    whole = [tables for tables in sets if tables.name.lower() == wanted]
    meant = whole or [tables for tables in sets if tables.prefix == wanted]
    if not meant:
        return None
    chosen = _choose(files, meant)
    return _READERS[chosen.kind](files, chosen, chosen.prefix or asked, progress)


def set_names(files: Files) -> tuple[str, ...]:
    """What the sets of tables and arrays are called."""
    return tuple(dict.fromkeys(map(_called, find_sets(files.names))))


def _readable_sets(files: Files) -> list[TableSet]:
    return [tables for tables in find_sets(files.names) if tables.kind in _READERS]


def _is_data(files: Files, tables: TableSet) -> bool:
    """Whether the files of a set are what their names say: a table may hold anything."""
    if any(map(is_parquet_list, tables.names)) and any(map(is_image_name, files.names)):
        return False
    return tables.kind != "csv" or any(is_pixel_csv(files, name) for name in tables.names)


def _choose(files: Files, sets: Sequence[TableSet]) -> TableSet:
    """The most complete set, which others of its folder may repeat in another format.

    Copies of it in other folders are passed over.
    """
    best = max(map(_rank, sets))
    equal = [tables for tables in sets if _rank(tables) == best]
    first = equal[0]
    if any(_content(files, tables) != _content(files, first) for tables in equal[1:]):
        _refuse_choice(files.source, equal)
    return first


def _rank(tables: TableSet) -> tuple[int, int]:
    return _completeness(tables), -list(_READERS).index(tables.kind)


def _completeness(tables: TableSet) -> int:
    if {TRAIN, TEST} <= tables.parts:
        return 3
    if TRAIN in tables.parts:
        return 2
    return 1 if WHOLE in tables.parts else 0


def _content(files: Files, tables: TableSet) -> list[tuple[tuple[str, str], list[int]]]:
    """What tells copies of a set from other sets: the bytes of the files of each part."""
    return sorted(
        (role, [files.size(name) for name in names]) for role, names in tables.files.items()
    )


def _called(tables: TableSet) -> str:
    return escaped(tables.name or tables.names[0])


def _refuse_choice(source: str, sets: Sequence[TableSet]) -> NoReturn:
    names = ", ".join(map(_called, sets[:12]))
    raise InputError(
        "SET-1",
        source,
        found=f"{len(sets)} data sets: {names}{', …' if len(sets) > 12 else ''}",
        expected="one of them",
        remedy=f"Give its name below the path: {source}/{_called(sets[0])}",
    )
