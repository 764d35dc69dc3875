"""What is seen of a run's labels without knowing which are right: what a verdict rests on."""

from collections.abc import Sequence

import numpy as np

from labeler.learning.unlike import share_unlike
from labeler.records import Answer, LabelSet, Source
from labeler.records.label_quality import Choice, Foretold, Signs
from labeler.records.results import CrossValidation


def signs_of(
    label_set: LabelSet,
    answers: Sequence[Answer],
    X: np.ndarray,
    classes: Sequence[str],
    checked: CrossValidation | None = None,
    use: Choice | None = None,
) -> Signs:
    """Look at spread labels.

    Parameters
    ----------
    label_set : LabelSet
    answers : sequence of Answer
        Of which at least one names a class.
    X : ndarray of shape (n, n_features), dtype float32
    classes : sequence of str
        Names, in label order.
    checked : CrossValidation, optional
        Of the answers, spread in the same way.
    use : Choice, optional
        Which use of the answers foretells them best.
    """
    named = [answer for answer in answers if answer.label is not None]
    counts = np.bincount([int(answer.label or 0) for answer in named], minlength=len(classes))
    images = np.array([answer.question.image for answer in named], dtype=np.int64)
    return Signs(
        n_pool=len(label_set),
        n_labeled=len(label_set.labeled),
        n_named=len(named),
        largest_class=float(counts.max() / len(named)),
        named=tuple(name for name, n in zip(classes, counts, strict=True) if n),
        unnamed=tuple(name for name, n in zip(classes, counts, strict=True) if not n),
        unlike=share_unlike(X, images),
        claimed=_claimed(label_set),
        foretold=None if checked is None else _counted(checked),
        use=use,
    )


def _claimed(label_set: LabelSet) -> float | None:
    """Mean confidence of the labels that were spread."""
    confidences = label_set.confidences[label_set.sources == Source.PROPAGATED]
    return float(confidences.mean()) if len(confidences) else None


def _counted(checked: CrossValidation) -> Foretold:
    return Foretold(round(checked.agreement * checked.n_images), checked.n_images)
