"""Rows to be written: small ones, and made-up ones with names that are out to break something."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from labeler.datasets.base import Dataset, Split
from labeler.formats import FORMATS, Given, LabelRows, Options, write_set
from labeler.records import UNLABELED, LabelSet, Source
from tests.conftest import blobs

HOSTILE = (
    "=1+1",
    "@SUM(A1)",
    'a "quoted", one',
    "T-shirt/top",
    "..",
    "two\nlines",
    "\u202eright to left",
    "👩\u200d🔬",
    "'tis",
    "-1",
    "con",
    "NA",
    "7",
    " spaces ",
    "back\\slash",
    "ümlaut",
    "u\u0308mlaut",
    "\x07bell",
    "half \udc80",
    "<b>&amp;</b>",
)

texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=30))


@st.composite
def label_rows(draw: st.DrawFn, max_rows: int = 8) -> LabelRows:
    """Any rows there can be: class and file names of any kind, labels from anywhere or none."""
    classes = draw(st.lists(texts, min_size=1, max_size=5, unique_by=_readable))
    n_rows = draw(st.integers(0, max_rows))
    names = draw(st.none() | st.lists(texts, min_size=n_rows, max_size=n_rows))
    return make_rows(n_rows, tuple(classes), names, draw(st.integers(0, 99)), draw(st.booleans()))


def _readable(name: str) -> str:
    """Names that differ by half a character only are the same once they are written."""
    return name.encode("utf-8", "backslashreplace").decode()


def make_rows(
    n_rows: int,
    classes: tuple[str, ...] = ("a", "b", "c", "d"),
    names: list[str] | None = None,
    seed: int = 0,
    is_split: bool = False,
    shape: tuple[int, ...] = (8, 8),
) -> LabelRows:
    """Rows of every source, some without label, of images that are part of a larger array."""
    rng = np.random.default_rng(seed)
    sources = rng.integers(0, Source.DATASET, n_rows).astype(np.int8)
    labels = np.where(sources == Source.NONE, UNLABELED, rng.integers(0, len(classes), n_rows))
    confidences = np.where(labels == UNLABELED, 0, rng.random(n_rows)).astype(np.float32)
    places = np.arange(n_rows) * 2 + 1
    is_answer = np.isin(sources, (Source.HUMAN, Source.ORACLE))
    when = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    all_names = None if names is None else [one for name in names for one in ("other", name)]
    return LabelRows(
        classes=classes,
        images=rng.integers(0, 256, (2 * n_rows + 1, *shape), dtype=np.uint8),
        places=places,
        indices=places + 100,
        names=None if all_names is None else (*all_names, "other"),
        label_set=LabelSet(labels, sources, confidences, np.full(n_rows, -1)),
        clusters=rng.integers(0, 3, n_rows).astype(np.int32),
        distances=rng.random(n_rows, dtype=np.float32),
        ranks=rng.integers(0, 9, n_rows).astype(np.int32),
        given={int(row): Given("=ada", when) for row in np.flatnonzero(is_answer)},
        side_codes=(rng.random(n_rows) < 0.4).astype(np.int8) if is_split else None,
    )


def written(
    rows: LabelRows, format: str, path: Path, *, with_images: bool = False, name: str = "set"
) -> Path:
    """The set at ``path``, or in a file of that folder where the format is one file."""
    one = FORMATS[format]
    target = path / f"{name}{one.suffix or ''}"
    options = Options(name, with_images or one.images == "always")
    write_set(target, one, rows, options, lambda files: {"files": files})
    return target


@pytest.fixture
def rows() -> LabelRows:
    """Forty rows of four classes."""
    return make_rows(40, names=[f"dir/{number}.jpg" for number in range(40)])


@pytest.fixture
def hostile_rows() -> LabelRows:
    """A row for each hostile name, and each of them a class too."""
    return make_rows(3 * len(HOSTILE), HOSTILE, list(HOSTILE) * 3, is_split=True)


@pytest.fixture
def bars_rows() -> LabelRows:
    """Images that can be told apart, each with its true label as a human answer."""
    split: Split = blobs(10, 4, seed=3)
    dataset = Dataset("bars", ("d", "c", "b", "a"), split)
    n_rows = len(split)
    made = make_rows(n_rows)
    return LabelRows(
        classes=dataset.classes,
        images=split.images,
        places=np.arange(n_rows),
        indices=np.arange(n_rows),
        names=None,
        label_set=LabelSet(
            split.labels,
            np.full(n_rows, Source.HUMAN, dtype=np.int8),
            np.ones(n_rows, dtype=np.float32),
            np.arange(n_rows),
        ),
        clusters=made.clusters,
        distances=made.distances,
        ranks=made.ranks,
    )


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Hugging Face's library, without any network."""
    library = pytest.importorskip("datasets")
    monkeypatch.setattr(library.config, "HF_DATASETS_OFFLINE", True)
    monkeypatch.setattr(library.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    return library
