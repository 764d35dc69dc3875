"""A small model, made once, and its file."""

from pathlib import Path

import numpy as np
import pytest

from labeler.config import preset
from labeler.datasets.base import Dataset
from labeler.learning.propagation import answers_only
from labeler.learning.small_net.distortions import WEAK
from labeler.learning.small_net.net import SmallNet
from labeler.pipeline.describing import description
from labeler.pipeline.preparation import prepare
from labeler.pipeline.stages import label_by_oracle, together_with_neighbours, trained_on
from labeler.prediction.building import build_model
from labeler.prediction.contents import About
from labeler.prediction.file import write_model
from labeler.prediction.model import Model
from tests.conftest import make_bars


def make_model(
    features: str = "pixels",
    kind: str = "neighbours",
    of: Dataset | None = None,
    **settings: object,
) -> Model:
    """A model of ``make_bars``: by neighbours, by the answers alone, or with a net beside them."""
    bars = of or make_bars()
    config = preset("best").with_(**{"features": features, "n_labels": 12, **settings})
    described = description(config).fit(bars.train)
    prepared = prepare(bars, config)
    run, label_sets = label_by_oracle(prepared, config, comparisons=False)
    labels = list(label_sets.values())[-1]
    alone = trained_on(prepared, answers_only(run.answers, len(bars.train)), config)
    ensemble = alone
    if kind != "alone":
        ensemble = together_with_neighbours(trained_on(prepared, labels, config), labels)
    if kind == "net":
        net = SmallNet(WEAK, 1).fit(bars.train.images, labels.probabilities, np.arange(4))  # type: ignore[arg-type]
        ensemble = type(ensemble)(
            ensemble.n_classes,
            ensemble.classifier,
            ensemble.soft_labels,
            alone.classifier,
            net.state(),
        )
    about = About(name="bars", n_labels=12)
    return build_model(
        bars.classes, bars.train, prepared.X, described, ensemble, config, about=about
    )


@pytest.fixture(scope="session")
def model() -> Model:
    return make_model()


@pytest.fixture(scope="session")
def model_file(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "bars.zip"
    write_model(model, path)
    return path
