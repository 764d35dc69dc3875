"""Networks of keras.applications at their own size, with weights from a file."""

import inspect
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.exceptions import ConfigError, InputError
from labeler.learning.late_keras import import_keras
from labeler.learning.networks import network
from labeler.learning.networks.keras_applications import OTHER_SIDES, SIDE, KerasNetwork

pytestmark = pytest.mark.slow

NETWORK = "MobileNetV2"


def saved(folder: Path, seed: int = 0) -> Path:
    """Random weights of the architecture, as its own ``save_weights`` writes them."""
    keras = import_keras()
    keras.utils.set_random_seed(seed)
    model = keras.applications.MobileNetV2(weights=None, include_top=False, pooling="avg")
    path = folder / f"mobile{seed}.weights.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TensorFlow's own, on saving
        model.save_weights(path)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def net(weights: Path) -> KerasNetwork:
    made = network(f"keras:{NETWORK}", weights)
    assert isinstance(made, KerasNetwork)
    return made


def test_a_vector_does_not_depend_on_the_pictures_beside(net: KerasNetwork) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (10, 224, 224, 3), dtype=np.uint8)
    vectors = net.vectors(pictures)
    assert (vectors.shape, vectors.dtype) == ((10, 1280), np.dtype(np.float32))
    np.testing.assert_array_equal(net.vectors(pictures[::-1][:3]), vectors[::-1][:3])
    assert net.vectors(pictures[:0]).shape == (0, 1280)


def test_the_weights_decide_the_signature(net: KerasNetwork, weights: Path, tmp_path: Path) -> None:
    assert KerasNetwork(NETWORK, weights).signature == net.signature
    assert KerasNetwork(NETWORK, saved(tmp_path, seed=1)).signature != net.signature


def test_every_network_is_given_the_size_that_its_weights_were_made_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked of Keras' own functions, which say it on their way."""
    keras = import_keras()
    said: list[int] = []

    def listen(*_: Any, default_size: int, **__: Any) -> None:
        said.append(default_size)
        raise InterruptedError

    utils = import_keras("keras.src.applications.imagenet_utils")
    monkeypatch.setattr(utils, "obtain_input_shape", listen)
    functions = inspect.getmembers(keras.applications, inspect.isfunction)
    names = [name for name, _ in functions if not name.startswith("MobileNetV3")]  # says nothing
    for name in names:
        with pytest.raises(InterruptedError):
            getattr(keras.applications, name)(weights=None, include_top=False)
    sides = dict(zip(names, said, strict=True))
    assert len(sides) > 30
    assert {name: side for name, side in sides.items() if side != SIDE} == OTHER_SIDES


@pytest.mark.parametrize(
    "content", [b"", b"cos\nsystem\n(S'touch owned'\ntR.", b"\x89HDF\r\n\x1a\n"]
)
def test_a_file_that_holds_no_weights_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.weights.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match="WGT-1"):
        KerasNetwork(NETWORK, path)


def test_a_file_of_another_kind_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "weights.pkl"
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"a name ending in \.pkl"):
        KerasNetwork(NETWORK, path)


def test_weights_of_another_network_are_refused(weights: Path) -> None:
    with pytest.raises(InputError, match="the weights of MobileNet without its top"):
        KerasNetwork("MobileNet", weights)


@pytest.mark.parametrize("name", ["MobileNetV9", "keras", "preprocess_input", "imagenet_utils"])
def test_a_network_that_keras_does_not_have_is_named_with_those_it_has(name: str) -> None:
    with pytest.raises(ConfigError, match=f"no network '{name}'; it has .*MobileNetV2"):
        KerasNetwork(name)


def test_weights_that_cannot_be_downloaded_say_how_to_give_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure")  # noqa: TRY002 - what Keras raises

    module = import_keras("keras.applications.mobilenet_v2")
    source = __import__("sys").modules[module.MobileNetV2.__module__]
    monkeypatch.setattr(source.file_utils, "get_file", fail)
    with pytest.raises(ConfigError, match=r"cannot be downloaded \(URL fetch failure\).*--weights"):
        KerasNetwork(NETWORK)
