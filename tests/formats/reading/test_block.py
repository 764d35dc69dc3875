"""Many rows at once are taken exactly as they are one by one, errors included."""

from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labeler.exceptions import InputError
from labeler.formats.reading.base import CELLS, LabelReader

odd = st.sampled_from(
    [None, "", "a", "-1", "7", "1_0", "\uff11", " 3 ", "nan", "0.5", "1e400", "human", "me", "=x",
     "a\0", "\ud800", "x" * 201, 0, 1, -1, 2**60, True, 0.25, 1.5, float("nan"), ["a"], b"a",
     "2026-02-30"]
)  # fmt: skip
plain = {
    "index": st.integers(0, 99).map(str),
    "file_name": st.sampled_from(["a.png", "b/c.png", ""]),
    "class_name": st.sampled_from(["cat", "dog", ""]),
    "label": st.sampled_from(["0", "1", ""]),
    "source": st.sampled_from(["human", "oracle", "propagated", "none", ""]),
    "verdict": st.sampled_from(["class", "skip", "mixed", ""]),
    "split": st.sampled_from(["train", "test", "validation", ""]),
    "confidence": st.sampled_from(["", "0.5", "1", "0"]),
    "annotator": st.sampled_from(["", "ada"]),
    "answered_at": st.sampled_from(["", "2026-03-01", "2026-03-01T12:00:00.5+01:00"]),
}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Columns of plain values, some of them with an odd one somewhere."""
    n_rows = draw(st.integers(1, 6))
    chosen = draw(st.sets(st.sampled_from(sorted(CELLS)), min_size=1))
    columns: dict[str, list[Any]] = {
        cell: draw(st.lists(plain[cell], min_size=n_rows, max_size=n_rows)) for cell in chosen
    }
    for cell in draw(st.sets(st.sampled_from(sorted(chosen)))):
        columns[cell][draw(st.integers(0, n_rows - 1))] = draw(odd)
    return columns


def outcome(columns: dict[str, list[Any]], *, at_once: bool) -> Any:
    reader = LabelReader("x", "csv")
    try:
        if at_once:
            reader.add_block(2, columns)
        else:
            for row, values in enumerate(zip(*columns.values(), strict=True), start=2):
                reader.add(row, dict(zip(columns, values, strict=True)))
        read = reader.finish()
    except InputError as error:
        return str(error)
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(read).items()
    }


@given(tables())
@example({"index": ["1", "2"], "class_name": ["a", "b"], "confidence": ["nan", ""]})
@example({"index": [1, True], "label": [1, True]})
@example({"index": [1, None], "file_name": [None, "a"], "label": [None, 3]})
@settings(max_examples=300, deadline=None)
def test_a_block_is_its_rows(columns: dict[str, list[Any]]) -> None:
    assert repr(outcome(columns, at_once=True)) == repr(outcome(columns, at_once=False))
