"""Names that say which part of a data set something is: folders, lists and values in a column."""

import re
from enum import Enum


class Part(Enum):
    """A part of a data set, as people name it."""

    TRAIN = "train"
    TEST = "test"
    VALIDATION = "validation"


_WORDS = {
    **dict.fromkeys(
        ("train", "training", "trainset", "trainingset", "trainval", "pool", "trn", "labeled",
         "labelled", "unlabeled", "unlabelled"),
        Part.TRAIN,
    ),
    **dict.fromkeys(
        ("test", "testing", "testset", "testingset", "tst", "eval", "evaluation", "evalset",
         "holdout", "publictest", "privatetest"),
        Part.TEST,
    ),
    **dict.fromkeys(
        ("val", "valid", "validation", "validate", "valset", "validset", "validationset", "dev",
         "devset"),
        Part.VALIDATION,
    ),
}  # fmt: skip
_FILLERS = frozenset(
    ("set", "data", "dataset", "image", "images", "img", "imgs", "part", "split", "labels", "label",
     "list", "pictures", "photos")
)  # fmt: skip
_BETWEEN = re.compile(r"[\W_]+")
_LONGEST = 100


def part_of(name: str) -> tuple[Part, str] | None:
    """The part that a name speaks of, and what else it says.

    Parameters
    ----------
    name : str
        Such as ``train``, ``Training_Set``, ``test1`` or ``seg_train``.

    Returns
    -------
    (Part, str) or None
        With ``"seg"`` for the last of these and nothing for the others; None where the name
        speaks of no part, or of several.
    """
    if len(name) > _LONGEST:
        return None
    tokens = [token for token in _BETWEEN.split(name.casefold()) if token]
    meant = [_WORDS.get(token.rstrip("0123456789")) for token in tokens]
    parts = {part for part in meant if part is not None}
    if len(parts) != 1:
        return None
    rest = [t for t, part in zip(tokens, meant, strict=True) if not part and t not in _FILLERS]
    return parts.pop(), " ".join(rest)


def lies_in(path: str, part: str) -> bool:
    """Whether a file lies in the folder of a part, whatever the word for it."""
    folders, meaning = path.casefold().split("/")[:-1], part_of(part)
    parts = {told[0] for folder in folders if (told := part_of(folder))}
    return part.casefold() in folders or (meaning is not None and meaning[0] in parts)
