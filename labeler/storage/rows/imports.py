"""Labels that came from files."""

from dataclasses import dataclass
from datetime import datetime

OWN_LABELS = "data set"
"""The format of an import that read no file: of the labels that the images came with."""


@dataclass(frozen=True)
class LabelImport:
    """Labels of a file that were written into a run.

    Attributes
    ----------
    number : int
        Of the run's imports, counted from 1.
    format : str
        Of the file; ``OWN_LABELS`` where there was none.
    n_answers, n_suggestions : int
    is_undone : bool
    """

    id: int
    run_id: str
    number: int
    file: str
    format: str
    n_answers: int
    n_suggestions: int
    is_undone: bool
    created_at: datetime


@dataclass(frozen=True)
class Suggestions:
    """What files say about the images of a run.

    Attributes
    ----------
    import_id : int or None
        The ``id`` of the import that made them; None for a copy of another run's.
    class_ids : tuple of int
    labels : str
        The array over the pool: places in ``class_ids``; -1 for none.
    confidences : str
        The array over the pool; nan where the file gave none.
    """

    id: int
    run_id: str
    import_id: int | None
    class_ids: tuple[int, ...]
    labels: str
    confidences: str
