"""Label sets as files for other programs: one module for each format, found by its name."""

from labeler.exceptions import ConfigError
from labeler.formats.base import File, Format, Images, Options
from labeler.formats.cleanlab import CLEANLAB
from labeler.formats.csv import CSV
from labeler.formats.cvat import CVAT
from labeler.formats.fiftyone import FIFTYONE
from labeler.formats.hf_imagefolder import HF_IMAGEFOLDER
from labeler.formats.idx import IDX
from labeler.formats.imagefolder import IMAGEFOLDER
from labeler.formats.jsonl import JSONL
from labeler.formats.label_studio import LABEL_STUDIO
from labeler.formats.npz import NPZ
from labeler.formats.parquet import PARQUET
from labeler.formats.rows import Given, LabelRows, Predicted
from labeler.formats.writing import write_set

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        CSV,
        JSONL,
        PARQUET,
        NPZ,
        IDX,
        IMAGEFOLDER,
        HF_IMAGEFOLDER,
        LABEL_STUDIO,
        FIFTYONE,
        CVAT,
        CLEANLAB,
    )
}
"""Every format by the name the user gives it."""


def format_named(name: str) -> Format:
    """The format of that name.

    Parameters
    ----------
    name : str
        One of ``FORMATS``.

    Returns
    -------
    Format
        How such a set is written.

    Raises
    ------
    ConfigError
        There is no format of that name.
    """
    if name not in FORMATS:
        raise ConfigError(f"format is {name!r}; it must be one of {', '.join(FORMATS)}.")
    return FORMATS[name]


__all__ = [
    "FORMATS",
    "File",
    "Format",
    "Given",
    "Images",
    "LabelRows",
    "Options",
    "Predicted",
    "format_named",
    "write_set",
]
