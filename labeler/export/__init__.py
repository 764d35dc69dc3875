"""Label sets as files for other programs: one module for each format, found by its name."""

from labeler.exceptions import ConfigError
from labeler.export.base import File, Format, Images, Options
from labeler.export.cleanlab import CLEANLAB
from labeler.export.csv import CSV
from labeler.export.cvat import CVAT
from labeler.export.fiftyone import FIFTYONE
from labeler.export.hf_imagefolder import HF_IMAGEFOLDER
from labeler.export.idx import IDX
from labeler.export.imagefolder import IMAGEFOLDER
from labeler.export.jsonl import JSONL
from labeler.export.label_studio import LABEL_STUDIO
from labeler.export.npz import NPZ
from labeler.export.parquet import PARQUET
from labeler.export.rows import Given, LabelRows, Predicted
from labeler.export.writing import write_set

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
    """The format ``name``.

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
