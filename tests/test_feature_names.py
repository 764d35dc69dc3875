"""Features are told apart by what they are called, wherever that is asked."""

import pytest

from labeler.exceptions import ConfigError
from labeler.feature_names import (
    file_of,
    files_of,
    is_embeddings,
    is_network,
    parts_of,
    require_features,
    title_of,
    with_full_paths,
)


@pytest.mark.parametrize(
    ("features", "parts"),
    [
        ("shape", ("shape",)),
        ("shape+lite0", ("shape", "lite0")),
        ("shape+keras:MobileNetV2+pixels", ("shape", "keras:MobileNetV2", "pixels")),
        ("shape+/home/c++/a+b.npz", ("shape", "/home/c++/a+b.npz")),
        ("/home/c++/x.npy", ("/home/c++/x.npy",)),
        ("onnx:/nets/a+b.onnx+lite0", ("onnx:/nets/a+b.onnx", "lite0")),
        ("shape+edges", ("shape", "edges")),
        ("+shape", ("+shape",)),
        ("shape+", ("shape", "")),
        ("", ("",)),
    ],
)
def test_descriptions_are_joined_by_plus_signs(features: str, parts: tuple[str, ...]) -> None:
    assert parts_of(features) == parts


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ("edges", "'edges'; it must be auto, pixels, shape, lite0"),
        ("shape+edges", "it must be"),
        ("shape+", "it must be"),
        ("auto+shape", "it must be"),
        ("keras:../x", "it must be"),
        ("onnx:", "it must be"),
        ("", "it must be"),
        ("shape+lite0+shape", "names the same features twice"),
    ],
)
def test_what_names_no_features_is_refused(features: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        require_features(features)


@pytest.mark.parametrize(
    "features", ["auto", "shape+lite0", "keras:MobileNetV2", "a.npy", "shape+b.NPZ+onnx:c.onnx"]
)
def test_what_names_features_is_taken(features: str) -> None:
    require_features(features)


@pytest.mark.parametrize("features", ["shape", "lite0", "keras:A+keras:B"])
def test_weights_belong_to_one_network_of_keras(features: str) -> None:
    require_features("shape+keras:MobileNetV2", "weights.h5")
    with pytest.raises(ConfigError, match="weights belong to"):
        require_features(features, "weights.h5")


def test_networks_and_files_are_known_by_their_names() -> None:
    assert is_network("onnx:net.onnx")
    assert not is_embeddings("onnx:net.onnx")
    assert not is_network("shape")
    assert str(file_of("onnx:net.onnx")) == "net.onnx"
    assert file_of("keras:MobileNetV2") is None
    assert [file.name for file in files_of("onnx:net.onnx")] == ["net.onnx", "net.json"]
    assert [file.name for file in files_of("x.npz")] == ["x.npz"]


def test_files_are_named_by_their_full_path(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("c++")
    monkeypatch.chdir(folder)
    full = with_full_paths("shape+x.npz+onnx:n.onnx")
    assert full == f"shape+{folder}/x.npz+onnx:{folder}/n.onnx"
    assert with_full_paths(full) == full
    require_features(full)


def test_every_description_is_named_for_people() -> None:
    title = title_of("shape+lite0+keras:MobileNetV2+/a/x.npz")
    assert title == (
        "shape features and what EfficientNet-Lite0 sees (trained on ImageNet; Apache-2.0) and "
        "what MobileNetV2 sees (licence: see keras.applications) and the embeddings of x.npz"
    )
    assert title_of("onnx:/a/net.onnx") == "what net.onnx sees (licence: see net.json)"
