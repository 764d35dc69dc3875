"""A model made of what was learned: by a run, or by arrays in a notebook."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from labeler.config import RunConfig
from labeler.datasets.base import Split
from labeler.datasets.resizing import Likeness
from labeler.feature_names import bare_name, is_network, parts_of
from labeler.files import hash_file
from labeler.learning.audit import LogitCurve
from labeler.learning.ensemble import Ensemble
from labeler.pipeline.describing import Description
from labeler.pipeline.references import references_of
from labeler.prediction.contents import About, Features
from labeler.prediction.model import Model
from labeler.prediction.networks import places_of, signatures_of
from labeler.prediction.self_test import self_test_of
from labeler.progress import SILENT, Progress


def build_model(
    classes: tuple[str, ...],
    pool: Split,
    X: np.ndarray,
    description: Description,
    ensemble: Ensemble,
    config: RunConfig,
    *,
    about: About | None = None,
    scale: tuple[float, float] | None = None,
    numbers: tuple[float, float] | None = None,
    calibration: LogitCurve | None = None,
    known_as: Mapping[str, int] | None = None,
    n_fitted: int | None = None,
    progress: Progress = SILENT,
) -> Model:
    """Put together all that names new pictures.

    Parameters
    ----------
    classes : tuple of str
    pool : Split
        The images that were learned from.
    X : ndarray of shape (n, n_features), dtype float32
        Their features.
    description : Description
        What made these: it has learned, and can do the same to others.
    ensemble : Ensemble
        What was trained; its soft labels are of the pool.
    config : RunConfig
        Which features and which classifier.
    about : About, optional
    scale : tuple of float, optional
        Of a pool of 16 bits: see ``Dataset.scale``.
    numbers : tuple of float, optional
        Of a pool of arrays: see ``Dataset.numbers``.
    calibration : LogitCurve, optional
    known_as : mapping of str to int, optional
        What data sets call the classes, where it differs.
    n_fitted : int, optional
        How many of the pool's images, the first of them, its features were learned from; by
        default all.
    progress : Progress

    Returns
    -------
    Model
        With a self-test.

    Raises
    ------
    ConfigError
        The features cannot be had for other images.
    """
    description.state()  # of vectors that were made elsewhere there is none, which is said at once
    is_whole = ensemble.soft_labels is not None
    model = Model(
        classes=classes,
        like=Likeness(pool.images.shape[1:], scale, numbers, pool.pictures is not None),
        recipe=recipe_of(config, description, progress),
        description=description,
        classifier=config.classifier,
        ensemble=ensemble,
        references=references_of(
            pool, X, description, progress, all_of_them=is_whole, n_fitted=n_fitted
        ),
        about=about or About(),
        calibration=calibration,
        known_as=known_as,
        places=places_of(config),
    )
    return replace(model, self_test=self_test_of(model, pool.images))


def recipe_of(config: RunConfig, description: Description, progress: Progress = SILENT) -> Features:
    """Which features a model has, without the places where their files lie here."""
    parts = parts_of(config.features)
    return Features(
        parts=tuple(map(bare_name, parts)),
        n_components=config.n_components,
        files={name: hash_file(file) for name, file in places_of(config).items()},
        weights=None if config.weights is None else Path(config.weights).name,
        networks=signatures_of(description, progress) if any(map(is_network, parts)) else {},
    )
