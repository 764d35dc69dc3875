"""CSV files that list image files with their labels, told from those that hold pixels."""

from labeler.datasets.text.column_names import FILE_NAMES, SURE_FILE_NAMES
from labeler.datasets.text.csv_text import find_column
from labeler.datasets.text.image_names import IMAGE_ENDINGS

MOST_COLUMNS = 40
"""Of a list, where no column is named as only lists have it."""


def is_listing(header: list[str]) -> bool:
    """Whether a first row is that of a list of image files rather than of pixels."""
    if find_column(header, SURE_FILE_NAMES) is not None:
        return True
    names_file = any(cell.lower().endswith(IMAGE_ENDINGS) for cell in header)
    has_column = find_column(header, FILE_NAMES) is not None
    return len(header) <= MOST_COLUMNS and (names_file or has_column)
