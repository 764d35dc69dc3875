"""A contact sheet: images row by row, each with its caption, in whatever script that is."""

from collections.abc import Sequence

from labeler.report.charts import svg

TILE, _COLUMNS, _GAP, _CAPTION = 84, 10, 12, 24
_LONGEST = 13


def contact_sheet(pictures: Sequence[str], captions: Sequence[str]) -> svg.Drawing:
    """Pictures, as addresses that hold them, in the order given.

    Parameters
    ----------
    pictures, captions : sequence of str
        As long as each other.
    """
    body = ""
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        row, column = divmod(place, _COLUMNS)
        x, y = _GAP + column * (TILE + _GAP), _GAP + row * (TILE + _CAPTION)
        body += svg.tag("image", href=picture, x=x, y=y, width=TILE, height=TILE, cls="pixels")
        body += svg.rectangle(x, y, TILE, TILE, "tile")
        shown = svg.cut(caption, _LONGEST)
        body += svg.text(x + TILE / 2, y + TILE + 14, shown, "name", "middle")
    columns = min(_COLUMNS, max(len(pictures), 1))
    n_rows = -(-len(pictures) // _COLUMNS)
    width, height = _GAP + columns * (TILE + _GAP), _GAP + n_rows * (TILE + _CAPTION)
    return svg.Drawing(
        "sheet-chart", width, max(height, _CAPTION), "The images that were named", body
    )
