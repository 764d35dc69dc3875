"""A network in an ONNX file, with a small JSON file beside it that says what pictures it takes.

There is no code in such a file but the graph itself, and nothing outside of it is read.
"""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from labeler.exceptions import ConfigError, InputError
from labeler.learning.networks.batches import batch_size, in_batches
from labeler.learning.networks.onnx_messages import lies_elsewhere
from labeler.progress import SILENT, Progress
from labeler.words import installing

MOST_BYTES, MOST_BYTES_BESIDE = (1 << 31) - 1, 1 << 16
"""Of a model, which no message may exceed; of the file beside it."""

CODE = 1
"""Counted up whenever the same model comes to give other vectors."""

_Side = Annotated[int, msgspec.Meta(ge=8, le=1024)]
_Deviation = Annotated[float, msgspec.Meta(gt=0)]
_Words = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class Beside(msgspec.Struct, forbid_unknown_fields=True):
    """What the JSON file beside a model says.

    Attributes
    ----------
    size : int
        Height and width of the pictures.
    mean, std : tuple of float
        Of red, green and blue from 0 to 1: each is lessened by the first, divided by the second.
    layer : str or None
        Of its outputs, the one whose numbers are the vector; may be left out where it has one.
    licence : str
        Of the weights, in words on one line.
    """

    size: _Side
    mean: tuple[float, float, float]
    std: tuple[_Deviation, _Deviation, _Deviation]
    layer: str | None = None
    licence: _Words = ""


class OnnxNetwork:
    """What a network in a file sees.

    Parameters
    ----------
    path : Path
        Of the model; the file beside it has the same name and ends in ``.json``.

    Raises
    ------
    ConfigError
        onnxruntime is not installed.
    InputError
        ONX-1: the model cannot be read. ONX-2: nor what is beside it. ONX-3: a part of the model
        lies in another file. ONX-4: it takes no pictures of that size. ONX-5: it gives no vectors.
    """

    def __init__(self, path: Path) -> None:
        self.name = f"onnx:{path}"
        model, beside = _read(path), _read_beside(path.with_suffix(".json"))
        _require_whole(model, str(path))
        self._source, self._beside = str(path), beside
        self._session = _opened(model, str(path))
        self._input, self._channels, self._size = self._pictures_it_takes()
        self._output = self._vectors_it_gives()
        self.side, self.licence = beside.size, beside.licence
        what = sha256(model).hexdigest(), sha256(msgspec.json.encode(beside)).hexdigest()
        self.signature = f"onnx {' '.join(what)} {CODE}"
        self._try()

    def vectors(self, pictures: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), float32, of ``pictures`` (n, side, side, 3), uint8."""
        return in_batches(self._seen, pictures, self.name, progress, self._size)

    def _seen(self, batch: np.ndarray) -> Any:
        mean, std = (
            np.array(values, np.float32) for values in (self._beside.mean, self._beside.std)
        )
        pixels = (batch.astype(np.float32) / 255 - mean) / std
        if self._channels == 1:
            pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
        return self._session.run([self._output], {self._input: pixels})[0]

    def _pictures_it_takes(self) -> tuple[str, int, int]:
        """The name of its input, the axis that has the colours, and pictures in a batch."""
        inputs, side = self._session.get_inputs(), self._beside.size
        for axis, wanted in ((1, [3, side, side]), (3, [side, side, 3])):
            if len(inputs) == 1 and inputs[0].type == "tensor(float)":
                name, shape = inputs[0].name, list(inputs[0].shape)
                if _fits(shape, wanted):
                    fixed = isinstance(shape[0], int)
                    return name, axis, shape[0] if fixed else batch_size(side)
        told = ", ".join(f"{each.name}: {each.type} of shape {each.shape}" for each in inputs)
        raise InputError(
            "ONX-4",
            self._source,
            found=f"a network that takes {told or 'nothing'}",
            expected=f"one tensor(float) of shape (n, 3, {side}, {side}) or (n, {side}, {side}, 3)",
            remedy="Export it for such pictures, or correct the size in the file beside it.",
        )

    def _vectors_it_gives(self) -> str:
        names = [str(each.name) for each in self._session.get_outputs()]
        wanted = self._beside.layer or (names[0] if len(names) == 1 else None)
        if wanted in names:
            return wanted
        raise InputError(
            "ONX-5",
            self._source,
            found=f"the outputs {', '.join(names)}",
            expected=f"one that is called {wanted!r}" if wanted else "one alone",
            remedy='Name one of them as "layer" in the file beside it.',
        )

    def _try(self) -> None:
        """Look at black pictures, so that what does not work is said before all others."""
        black = np.zeros((self._size, self.side, self.side, 3), np.uint8)
        try:
            vectors = np.asarray(self._seen(black))
        except Exception as error:
            # What onnxruntime raises has no class in common but this.
            raise self._useless(_reason(error)) from error
        if vectors.ndim != 2 or len(vectors) != self._size or vectors.dtype.kind != "f":
            raise self._useless(f"{vectors.dtype} of shape {vectors.shape}")
        if not np.isfinite(vectors).all():
            raise self._useless("numbers that are not finite")

    def _useless(self, found: str) -> InputError:
        return InputError(
            "ONX-5",
            self._source,
            found=f"the output {self._output}: {found}",
            expected=f"floats of shape ({self._size}, features)",
            remedy="Export the network so that one output has a vector for each picture, and name "
            'it as "layer" in the file beside it.',
        )


def _fits(shape: list[Any], wanted: list[int]) -> bool:
    """Whether an input of ``shape`` takes it; a length that is left open is a text or None."""
    if len(shape) != 4 or (type(shape[0]) is int and shape[0] < 1):
        return False
    pairs = zip(shape[1:], wanted, strict=True)
    return all(length == size or not isinstance(length, int) for length, size in pairs)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise _unreadable(str(path), f"{size:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(str(path), _reason(error)) from error


def _read_beside(path: Path) -> Beside:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(MOST_BYTES_BESIDE), type=Beside)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            "ONX-2",
            str(path),
            found=_reason(error),
            expected="what pictures the network beside it takes",
            remedy='Write {"size": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, '
            '0.225]} there, with the network\'s own numbers; "layer" and "licence" may be added.',
        ) from error


def _require_whole(model: bytes, source: str) -> None:
    try:
        elsewhere = lies_elsewhere(model)
    except ValueError as error:
        raise _unreadable(source, _reason(error)) from error
    if elsewhere:
        raise InputError(
            "ONX-3",
            source,
            found="numbers that lie in another file",
            expected="a network that is whole",
            remedy="Save it in one file: onnx.save(onnx.load(FILE), OTHER).",
        )


def _opened(model: bytes, source: str) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ConfigError(f"onnx: needs onnxruntime: {installing('onnx')}.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # see ``learning.threads``
    options.log_severity_level = 4
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # What it raises has no class in common but this.
        raise _unreadable(source, _reason(error)) from error


def _unreadable(source: str, found: str) -> InputError:
    return InputError(
        "ONX-1",
        source,
        found=found,
        expected="a network in ONNX that the installed onnxruntime can run",
        remedy="Export it again, with an opset that onnxruntime knows, or install a newer one.",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
