"""What an ensemble says of images whose vectors are there, and how familiar these are."""

import numpy as np

from labeler.learning.audit import LogitCurve
from labeler.learning.ensemble import Ensemble
from labeler.learning.familiarity import References
from labeler.prediction.predictions import Predictions, two_likeliest


def judge(
    ensemble: Ensemble,
    references: References,
    calibration: LogitCurve | None,
    images: np.ndarray,
    X: np.ndarray,
) -> tuple[Predictions, np.ndarray]:
    """Name a block of images.

    Parameters
    ----------
    ensemble : Ensemble
    references : References
        Of the whole pool, as it is, where neighbours are heard.
    calibration : LogitCurve or None
        What confidences are worth, where that is known.
    images : ndarray of shape (n, height, width[, 3]), dtype uint8
        Looked at only where the ensemble has a net.
    X : ndarray of shape (n, n_features), dtype float32

    Returns
    -------
    predictions : Predictions
    said : ndarray of shape (n, n_classes), dtype float64
        How likely each class is, not calibrated.
    """
    nearest = references.index.nearest(X)
    heard = nearest if ensemble.soft_labels is not None else None
    net = ensemble.net if heard is not None else None
    seen = net.predict_proba(images) if net is not None and len(images) else None
    said = ensemble.said(X, heard, seen)
    labels = ensemble.named(X, heard, seen, said)
    distances = references.distances(nearest)
    first, second, next_to_it = two_likeliest(said, labels)
    confidences = first if calibration is None else calibration.calibrate(first, labels)
    # What the named class lost goes to the others, none of which comes before it.
    rest = (1 - confidences) / np.maximum(1 - first, 1e-12)
    most = np.minimum(confidences, 1 - confidences)
    predictions = Predictions(
        labels,
        confidences.astype(np.float32),
        second,
        np.minimum(next_to_it * rest, most).astype(np.float32),
        distances,
        references.is_unfamiliar(distances),
    )
    return predictions, said
