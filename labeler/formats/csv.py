"""Labels as CSV: UTF-8, one row for each image, safe to open in a spreadsheet.

The header is the same whether or not the images have file names, so a reader needs one rule;
``index`` is where the image stood in the data set as it was read. Raw, text is as it is: for joins
with other files, not for a spreadsheet; a last column ``raw`` says so in every row, since an
apostrophe that begins a name is then its own.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from labeler.datasets.text.csv_text import RAW, RAW_COLUMN, RISKY, WRITTEN_COLUMN, is_risky
from labeler.formats.base import File, Format, HeldOut, Images, Options
from labeler.formats.rows import COLUMNS, LabelRows

NAME = "csv"
PLACE = 1
PURPOSE = "For a spreadsheet or pandas: one row for each image, and no formula is run."

_SUSPECT = RISKY | {"'"}
TEXT_COLUMNS = ("file_name", "annotator", "path")
"""What somebody else chose the text of, beside the classes."""


def csv_chunks(
    rows: LabelRows, options: Options, written_as: Sequence[str] | None = None
) -> Iterator[bytes]:
    """The header, then a block of rows at a time.

    Parameters
    ----------
    rows : LabelRows
    options : Options
    written_as : sequence of str, or None
        The file of each row's image in the set, for a column of its own.
    """
    more = [WRITTEN_COLUMN] if written_as is not None else []
    yield _encoded([(*COLUMNS, *more, *([RAW_COLUMN] if options.raw else []))])
    as_cell = str if options.raw else neutralise
    safe: dict[str | None, str] = {None: ""}
    safe |= {name: as_cell(name) for name in rows.class_names}
    for part in rows.parts(options.progress):
        columns = rows.columns(part)
        columns["class_name"] = [safe[name] for name in columns["class_name"]]
        for name in TEXT_COLUMNS:
            columns[name] = [text and as_cell(text) for text in columns[name]]
        if written_as is not None:
            columns[WRITTEN_COLUMN] = [as_cell(name) for name in written_as[part]]
        if options.raw:
            columns[RAW_COLUMN] = [RAW] * (part.stop - part.start)
        yield _encoded(zip(*columns.values(), strict=True))


def neutralise(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs: an apostrophe before a risky beginning.

    Apostrophes count as part of the beginning, so that ``restore`` can undo it exactly; a text
    that only starts with an apostrophe (``'tis``) stays as it is.
    """
    return f"'{text}" if text[:1] in _SUSPECT and is_risky(text) else text


def _encoded(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    # \r\n (RFC 4180) also makes every Python version quote a lone \r or \n inside a cell.
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File(f"{options.name}.csv", csv_chunks(rows, options))


CSV = Format(
    name=NAME,
    title="CSV",
    purpose=PURPOSE,
    loading='pandas.read_csv("SET", dtype={"class_name": str}, '
    'keep_default_na=False, na_values=[""])',
    files=_files,
    loading_sides='datasets.load_dataset("SET")',
    suffix=".csv",
    side_file="{side}.csv",
    images=Images.NEVER,
    held_out=HeldOut.USUAL,
    has_csv=True,
)
