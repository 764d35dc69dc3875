"""What ``auto`` stands for is chosen once, by the images and by what is installed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.config import preset
from labeler.datasets.base import Dataset
from labeler.pipeline import chosen_features, simulate
from labeler.pipeline.chosen_features import choose_features
from labeler.report.results import results_json

BEST = preset("best")
SMALL_FILES, PHOTOGRAPHS = np.full((3, 2), 64), np.array([[48, 64], [400, 300], [84, 112]])


@pytest.fixture(params=[True, False], ids=["installed", "not installed"])
def has_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(chosen_features, "is_at_hand", lambda features: request.param)
    return bool(request.param)


@pytest.mark.parametrize(
    ("image_shape", "sizes"),
    [((28, 28), None), ((32, 32, 3), None), ((64, 64, 3), SMALL_FILES), ((48, 64), PHOTOGRAPHS)],
)
def test_small_and_grey_images_are_told_apart_by_shape(
    has_network: bool, image_shape: tuple[int, ...], sizes: np.ndarray | None
) -> None:
    config, notes = choose_features(BEST, image_shape, sizes)
    assert (config, notes) == (BEST.with_(features="shape"), ())


def test_photographs_are_seen_by_a_network_too_where_there_is_one(has_network: bool) -> None:
    config, notes = choose_features(BEST, (48, 64, 3), PHOTOGRAPHS)
    assert config.features == ("shape+lite0" if has_network else "shape")
    assert [note for note in notes if "pip install 'labeler[photo]'" in note] == list(notes)
    assert bool(notes) is not has_network


@pytest.mark.parametrize("features", ["pixels", "lite0", "shape+pixels"])
def test_what_is_asked_for_stays(has_network: bool, features: str) -> None:
    asked = BEST.with_(features=features)
    assert choose_features(asked, (48, 64, 3), PHOTOGRAPHS) == (asked, ())


@pytest.mark.parametrize(
    ("beside", "said"),
    [(b'{"licence": "Apache-2.0"}', "licence of net.onnx: Apache-2.0"), (b"[]", ""), (b"{", "")],
)
def test_the_licence_of_a_network_in_a_file_is_told(
    tmp_path: Path, beside: bytes, said: str
) -> None:
    (tmp_path / "net.json").write_bytes(beside)
    asked = BEST.with_(features=f"shape+onnx:{tmp_path / 'net.onnx'}")
    assert choose_features(asked, (48, 64, 3), PHOTOGRAPHS).notes == ((said,) if said else ())


def test_a_simulation_tells_what_was_chosen(bars: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_features, "is_at_hand", lambda features: False)
    monkeypatch.setattr(chosen_features, "SMALL", 4)
    colour = replace(bars.train, images=np.repeat(bars.train.images[..., None], 3, axis=3))
    in_colour = replace(bars, train=colour, test=None)
    told: list[str] = []
    found = simulate(
        in_colour,
        BEST,
        budgets=(8,),
        n_seeds=1,
        supervised=False,
        comparisons=False,
        tell=told.append,
    )
    assert told == ["features: shape features", chosen_features.WITHOUT]
    assert '"features": "shape"' in results_json(found).decode()
    assert chosen_features.WITHOUT in found.notes
