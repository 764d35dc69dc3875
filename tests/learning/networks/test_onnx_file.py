"""Networks in ONNX files: what they see, and what is refused before or after it is opened."""

import contextlib
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.exceptions import ConfigError, InputError
from labeler.learning.networks import network
from labeler.learning.networks.onnx_file import OnnxNetwork
from labeler.learning.networks.onnx_messages import lies_elsewhere
from tests.learning.networks import onnx_models as made

onnxruntime = pytest.importorskip("onnxruntime")

PICTURES = np.random.default_rng(1).integers(0, 256, (70, made.SIDE, made.SIDE, 3), dtype=np.uint8)


def opened(folder: Path, content: bytes, **changes: Any) -> OnnxNetwork:
    net = network(f"onnx:{made.write(folder, content, **changes)}")
    assert isinstance(net, OnnxNetwork)
    return net


def refusal(folder: Path, content: bytes, **changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        opened(folder, content, **changes)
    assert len(str(caught.value).splitlines()) == 1
    return f"{caught.value.code}: {caught.value.found}"


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    """What onnxruntime says by itself."""
    mean, std = np.array(made.BESIDE["mean"]), np.array(made.BESIDE["std"])
    pixels = ((PICTURES / 255 - mean) / std).transpose(0, 3, 1, 2)
    session = onnxruntime.InferenceSession(made.model(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["vectors"], {"pixels": pixels.astype(np.float32)})[0])


def test_vectors_are_those_of_onnxruntime(tmp_path: Path, expected: np.ndarray) -> None:
    net = opened(tmp_path, made.model())
    vectors = net.vectors(PICTURES)
    assert (vectors.shape, vectors.dtype) == ((70, 5), np.dtype(np.float32))
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    np.testing.assert_array_equal(net.vectors(PICTURES[60:]), vectors[60:])
    assert (net.side, net.licence) == (made.SIDE, "MIT")


@pytest.mark.parametrize("shape", [(1, 3, 16, 16), ("n", 3, "h", "w")])
def test_a_batch_may_be_fixed_and_a_size_left_open(
    tmp_path: Path, shape: tuple[str | int, ...], expected: np.ndarray
) -> None:
    vectors = opened(tmp_path, made.model(made.graph(shape))).vectors(PICTURES)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_colours_may_come_last(tmp_path: Path, expected: np.ndarray) -> None:
    turned = made.node("Transpose", ["given"], "pixels", made.ints("perm", [0, 3, 1, 2]))
    graph = made.field(1, turned) + made.graph(("n", 16, 16, 3), given="given")
    vectors = opened(tmp_path, made.model(graph)).vectors(PICTURES)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_model_and_what_is_beside_decide_the_signature(tmp_path: Path) -> None:
    signature = opened(tmp_path, made.model()).signature
    assert opened(tmp_path, made.model()).signature == signature
    assert opened(tmp_path, made.model(opset=14)).signature != signature
    assert opened(tmp_path, made.model(), std=[1, 1, 1]).signature != signature


def outside(number: int, value: int | bytes) -> bytes:
    """A tensor with one of the fields that say that its numbers are elsewhere."""
    return made.tensor("weight", made.CONVOLUTION) + made.field(number, value)


PLACE = made.field(1, "location") + made.field(2, "../../etc/passwd")
ATTRIBUTE = made.field(1, "value") + made.field(5, outside(13, PLACE))
CONSTANT = made.node("Constant", [], "constant", ATTRIBUTE)
WITHIN = made.node("If", ["x"], "y", made.field(6, made.field(1, CONSTANT)))
SPARSE = made.field(1, made.tensor("v", made.CONVOLUTION)) + made.field(2, outside(14, 1))


@pytest.mark.parametrize(
    "content",
    [
        made.model(made.graph(weight=outside(13, PLACE))),
        made.model(made.graph(weight=outside(14, 1))),
        made.model(made.graph(more=made.field(1, CONSTANT))),
        made.model(made.graph(more=made.field(1, WITHIN))),
        made.model(made.graph(more=made.field(15, SPARSE))),
        made.model(more=made.field(25, made.field(7, CONSTANT))),
        made.model(more=made.field(20, made.field(1, made.field(1, CONSTANT)))),
        made.model(more=made.field(7, made.graph(weight=outside(13, PLACE)))),
    ],
)
def test_numbers_in_another_file_are_refused_before_anything_is_opened(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "InferenceSession", None)
    assert refusal(tmp_path, content) == "ONX-3: numbers that lie in another file"


def test_a_tensor_may_say_that_its_numbers_are_here(tmp_path: Path) -> None:
    assert opened(tmp_path, made.model(made.graph(weight=outside(14, 0)))).side == made.SIDE


@pytest.mark.parametrize(
    ("content", "changes", "why"),
    [
        (b"", {}, "ONX-1: .*No graph"),
        (b"PK\x03\x04", {}, "ONX-1: "),
        (made.model()[:-9], {}, "ONX-1: a field that is longer than the file"),
        (made.model(opset=999), {}, "ONX-1: .*[Oo]pset"),
        (made.model(made.graph(more=made.field(1, made.node("Odd", [], "o")))), {}, "ONX-1: .*Odd"),
        (made.model(), {"license": "MIT"}, "ONX-2: .*unknown field `license`"),
        (made.model(), {"mean": None}, "ONX-2: .*required field `mean`"),
        (made.model(), {"std": [0, 1, 1]}, "ONX-2: .*> 0.0"),
        (made.model(), {"size": 100_000}, "ONX-2: .*<= 1024"),
        (made.model(), {"licence": "free\nof all"}, "ONX-2: .*regex"),
        (made.model(), {"size": 32}, r"ONX-4: .*pixels: tensor\(float\)"),
        (made.model(made.graph(("n", 1, 16, 16))), {}, "ONX-4: "),
        (
            made.model(made.graph(outputs=("maps", "vectors"))),
            {},
            "ONX-5: the outputs maps, vectors",
        ),
        (made.model(), {"layer": "maps"}, "ONX-5: the outputs vectors"),
        (made.model(made.graph(outputs=("maps",))), {}, r"ONX-5: .*float32 of shape \(64, 5, 7, 7"),
        (made.model(made.graph(outputs=("unbounded",))), {}, "ONX-5: .*not finite"),
    ],
)
def test_what_cannot_work_is_one_line_that_says_why(
    tmp_path: Path, content: bytes, changes: dict[str, Any], why: str
) -> None:
    assert re.match(why, refusal(tmp_path, content, **changes))


def test_a_layer_is_chosen_by_its_name(tmp_path: Path) -> None:
    content = made.model(made.graph(outputs=("maps", "vectors")))
    assert opened(tmp_path, content, layer="vectors").vectors(PICTURES).shape == (70, 5)


def test_the_file_beside_a_network_is_asked_for(tmp_path: Path) -> None:
    path = made.write(tmp_path, made.model())
    path.with_suffix(".json").unlink()
    with pytest.raises(InputError, match=r'net\.json: no such file.*"mean": .*\[ONX-2\]'):
        OnnxNetwork(path)
    with pytest.raises(InputError, match=r"other\.onnx: no such file.*\[ONX-1\]"):
        OnnxNetwork(tmp_path / "other.onnx")


def test_without_onnxruntime_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"pip install 'labeler\[onnx\]'"):
        opened(tmp_path, made.model())


MODEL = made.model()


@given(st.integers(0, len(MODEL)), st.binary(max_size=4), st.booleans())
def test_damage_anywhere_ends_in_an_answer_or_one_clear_error(
    place: int, damage: bytes, cut: bool
) -> None:
    rest = b"" if cut else MODEL[place + len(damage) :]
    with contextlib.suppress(ValueError):
        assert lies_elsewhere(MODEL[:place] + damage + rest) in (True, False)
