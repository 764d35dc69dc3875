"""What cleanlab looks for label errors with: labels, out-of-sample probabilities, features.

All in the same order of rows, columns of the probabilities in label order. A row's probabilities
are made without its own label; a row that is an answer has probability 1 for it: answers count as
right. Images without a label are left out.
"""

from collections.abc import Iterator

import numpy as np

from labeler.formats.arrays import common_arrays, npz_chunks
from labeler.formats.base import File, Format, Images, Options
from labeler.formats.rows import LabelRows

NAME = "cleanlab"
PLACE = 11
PURPOSE = "For finding label errors with cleanlab: labels, probabilities and features."


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File(f"{options.name}.npz", npz_chunks(_arrays(rows)))


def _arrays(rows: LabelRows) -> Iterator[tuple[str, np.ndarray]]:
    if rows.predicted is None:
        raise ValueError("the cleanlab format needs out-of-sample predictions")
    yield "labels", rows.label_set.labels.astype(np.int64)
    yield "pred_probs", rows.predicted.probabilities
    yield "features", rows.predicted.features
    yield from common_arrays(rows)


CLEANLAB = Format(
    name=NAME,
    title="cleanlab",
    purpose=PURPOSE,
    loading='s = numpy.load("SET"); '
    'cleanlab.filter.find_label_issues(s["labels"], s["pred_probs"])',
    files=_files,
    suffix=".npz",
    images=Images.NEVER,
    labeled_only=True,
    with_predictions=True,
)
