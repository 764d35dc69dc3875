"""Signs that what was read as classes is something else."""

import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from labeler.datasets.containers.files import escaped
from labeler.datasets.layouts.folder_layout import FolderLayout, as_class, is_wrapper, unwrap
from labeler.datasets.layouts.folder_tree import Folder
from labeler.datasets.text.split_words import part_of
from labeler.words import count

_SHOWN = 3
_MANY = 100
_DATE = re.compile(
    r"(19|20)\d\d[-_. ]?(0[1-9]|1[0-2])([-_. ]?(0[1-9]|[12]\d|3[01]))?|"
    r"(0?[1-9]|[12]\d|3[01])[-_. ](0?[1-9]|1[0-2])[-_. ](19|20)\d\d|(19|20)\d\d"
)
_MONTH = (
    r"(jan(uary?)?|januar|jänner|feb(ruary?)?|februar|mar(ch)?|märz?|apr(il)?|may|mai|june?|juni?|"
    r"july?|juli?|aug(ust)?|sept?(ember)?|o[ck]t(ober)?|nov(ember)?|de[cz](ember)?)\.?"
)
_NAMED_DATE = re.compile(
    rf"((0?[1-9]|[12]\d|3[01])\.?[-_ ]*)?{_MONTH}[-_ ]*(19|20)\d\d|(19|20)\d\d[-_. ]+\D.*",
    re.IGNORECASE,
)
_DATED = re.compile(r"(19|20)\d\d[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])[-_. ]+\D.*")
_RUN = re.compile(r"(?P<before>.*?)[-_. ]*(?P<number>\d+)(?P<after>\D*)")
_COUNTED = frozenset(
    ("batch", "fold", "part", "folder", "chunk", "shard", "session", "day", "week", "take", "set",
     "subset", "roll", "dir", "group", "page", "new folder", "untitled folder", "archive")
)  # fmt: skip
_DATES = (_DATE, _DATED, _NAMED_DATE)
_PHONE = re.compile(
    r"dcim|camera([-_ ]?roll)?|(whatsapp|telegram|signal|instagram|snapchat)([-_ ](images|video))?|"
    r"screenshots?|downloads?|saved[-_ ]pictures|[1-9]\d\d([A-Z]{5}|_[A-Z]{4}|EOS\dD|_\d{4})",
    re.IGNORECASE,
)
_CAMERA = re.compile(r"\d{3}[A-Z_]{5}|\d{3}[A-Z0-9_]{5}")


def folder_warnings(folders: Sequence[Folder]) -> Iterator[str]:
    """What is odd about folders that are read as classes.

    Parameters
    ----------
    folders : sequence of Folder
    """
    names = [folder.name for folder in folders]
    inside = Counter(frozenset(f.children) for f in folders if len(f.children) > 1)
    if inside and (most := inside.most_common(1)[0])[1] > 1:
        alike = [folder.name for folder in folders if frozenset(folder.children) == most[0]]
        yield (
            f"the classes {_shown(alike)} hold the same sub-folders ({_shown(sorted(most[0]))}): "
            "they may be parts or sources, and the sub-folders the classes"
        )
    splits = [name for name in names if (meaning := part_of(name)) and not meaning[1]]
    if splits:
        yield f"named like a part of a data set, but read as a class: {_shown(splits)}"
    taken = [name for name in names if _is_date(name) or _PHONE.fullmatch(name)]
    if _is_run(folders) and not all(map(_is_date, names)):
        yield f"the classes look like a run of numbers: {_shown(names)}"
    elif len(taken) > 1 and 2 * len(taken) > len(names):
        meant = "dates" if all(map(_is_date, taken)) else "dates or folders of a camera or phone"
        yield f"the classes look like {meant}: {_shown(taken)}"


def lone_folder_warning(layout: FolderLayout) -> Iterator[str]:
    """What is not read as classes, and may be: a single folder, or those in one beside images.

    Parameters
    ----------
    layout : FolderLayout
    """
    if layout.lone is None:
        return
    inner, n_beside = unwrap(layout.lone), layout.top.n_direct
    if len(inner.children) > 1 and n_beside:
        lie = "image lies" if n_beside == 1 else "images lie"
        yield (
            f"{count(n_beside)} {lie} beside {escaped(layout.lone.path)}, so that the folders in "
            f"it ({_shown(sorted(inner.children))}) are not read as classes: if the last folder "
            "above an image names its class, say so (--class-folder last), or name each class "
            "folder (--one-class)"
        )
    elif len(inner.children) < 2 and _may_be_class(inner):
        yield (
            f"only one class folder, {escaped(inner.name)}: its name is not used, as a single "
            "class tells nothing apart. If it is meant as a class, say so "
            f"(--one-class {shlex.quote(escaped(inner.name))})"
        )


def _may_be_class(folder: Folder) -> bool:
    name = folder.name
    is_other = is_wrapper(folder) or _is_date(name) or _PHONE.fullmatch(name)
    return bool(as_class(name)) and not is_other


def single_class_warning(labeled: Collection[str]) -> Iterator[str]:
    """What is odd about the classes that occur: a single one tells nothing apart."""
    if len(labeled) == 1:
        yield f"all images with a label are of one class: {_shown(list(labeled))}"


def _is_date(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in _DATES)


def _is_run(folders: Sequence[Folder]) -> bool:
    names = [folder.name for folder in folders]
    matches = [_RUN.fullmatch(name) for name in names]
    if len(names) < 2 or not all(matches):
        return False
    frames = {(m["before"].casefold(), m["after"].casefold()) for m in matches if m}
    if len(frames) > 1:
        return all(_CAMERA.fullmatch(name) for name in names)
    before, after = frames.pop()
    if before or after:
        return before in _COUNTED or all(_CAMERA.fullmatch(name) for name in names)
    few = sorted(folder.n_images for folder in folders)[len(folders) // 2] <= 2
    return len(names) > _MANY or (few and len(names) > 10)


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(map(escaped, names[:_SHOWN])) + more
