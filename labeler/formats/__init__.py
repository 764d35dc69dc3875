"""Label sets as files for other programs: one module for each format, found by its name.

A file that sets ``NAME`` and ``PURPOSE`` is a format: its ``Format`` is called as the file is, in
capitals. The others are what formats are made with::

    base.py         what a format is
    rows.py         the rows of a set, which every format is made from
    writing.py      a set put in its place at once, its manifest beside it
    validation.py   which rows are set aside to validate on
    images.py       the images of a set as files
    names.py        names of people as file names that every system takes
    own_names.py    what the images of a set are called: as the user's own files, where that can be
    arrays.py       arrays as the bytes of an NPZ file
    markup.py       text that XML can hold
    digits.py       figures with the digits that they are worth
    sink.py         a file to write into, a stream of chunks that comes out
    reading/        labels read back from such files
"""

from importlib import import_module

from labeler.exceptions import ConfigError
from labeler.formats.base import File, Format, Images, Options
from labeler.formats.rows import Given, LabelRows, Predicted
from labeler.formats.writing import write_set
from labeler.plugins import written_formats

FORMATS: dict[str, Format] = {
    name: getattr(import_module(f"{__name__}.{file.stem}"), file.stem.upper())
    for name, file in written_formats().items()
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
