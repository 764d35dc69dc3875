"""What features can be called: by a name, a network or a file, or several joined by plus signs.

::

    shape                  one of ``plugins.FEATURES``
    lite0                  a network that Labeler builds itself
    keras:MobileNetV2      a network of ``keras.applications``
    onnx:FILE.onnx         a network in a file
    FILE.npz               vectors that were made elsewhere
    shape+lite0            both, side by side
    auto                   what suits the images, chosen when a run is made
"""

import re
from pathlib import Path

from labeler.exceptions import ConfigError
from labeler.plugins import FEATURES

AUTO = "auto"
LITE0 = "lite0"
KERAS_PREFIX = "keras:"
ONNX_PREFIX = "onnx:"
EMBEDDINGS_SUFFIXES = (".npy", ".npz", ".parquet")
"""Of files of vectors: by row, and twice by file name."""

_KERAS = re.compile(KERAS_PREFIX + r"[A-Za-z][A-Za-z0-9_]*")
_ONNX = re.compile(ONNX_PREFIX + r".+\.onnx")


def parts_of(features: str) -> tuple[str, ...]:
    """The descriptions that are joined by plus signs; one alone where there is none.

    A plus sign in the name of a file joins nothing: what stands before it names no features.
    """
    parts: list[str] = []
    begun: list[str] = []
    for piece in features.split("+"):
        begun.append(piece)
        if is_valid_part("+".join(begun)):
            parts.append("+".join(begun))
            begun = []
    return (*parts, "+".join(begun)) if begun else tuple(parts)


def is_valid_part(part: str) -> bool:
    """Whether that names features by themselves."""
    return part in FEATURES or is_network(part) or is_embeddings(part)


def is_network(part: str) -> bool:
    """Whether they are what a network sees that was trained on other pictures."""
    return part == LITE0 or bool(_KERAS.fullmatch(part) or _ONNX.fullmatch(part))


def is_embeddings(part: str) -> bool:
    """Whether they are vectors in a file."""
    return part.lower().endswith(EMBEDDINGS_SUFFIXES) and not part.startswith(ONNX_PREFIX)


def file_of(part: str) -> Path | None:
    """The file that features are read from, or the network; None where there is none."""
    if part.startswith(ONNX_PREFIX):
        return Path(part.removeprefix(ONNX_PREFIX))
    return Path(part) if is_embeddings(part) else None


def bare_name(part: str) -> str:
    """A part by the bare name of the network's file, where it is one, without its folder."""
    if not part.startswith(ONNX_PREFIX):
        return part
    name = part.removeprefix(ONNX_PREFIX).replace("\\", "/").rpartition("/")[2]
    return f"{ONNX_PREFIX}{name}"


def files_of(part: str) -> tuple[Path, ...]:
    """All files that decide what those features are."""
    file = file_of(part)
    if file is None:
        return ()
    return (file, file.with_suffix(".json")) if is_network(part) else (file,)


def network_files(features: str, weights: str | None = None) -> tuple[Path, ...]:
    """The files of all networks among features; ``weights`` are those of a ``keras:`` one."""
    files = [file for part in parts_of(features) if is_network(part) for file in files_of(part)]
    return (*files, *([] if weights is None else [Path(weights)]))


def with_full_paths(features: str) -> str:
    """The same features, files by their full path."""

    def full(part: str) -> str:
        file = file_of(part)
        if file is None:
            return part
        prefix = ONNX_PREFIX if part.startswith(ONNX_PREFIX) else ""
        return f"{prefix}{file.expanduser().resolve()}"

    return "+".join(map(full, parts_of(features)))


def require_features(features: str, weights: str | None = None, files: str | None = None) -> None:
    """Refuse what names no features, the same twice, and files that belong to none of them.

    Raises
    ------
    ConfigError
    """
    parts = parts_of(features)
    if features != AUTO and not all(map(is_valid_part, parts)):
        raise ConfigError(
            f"features is {features!r}; it must be {AUTO}, {', '.join(FEATURES)}, {LITE0}, "
            "keras:NAME (such as keras:MobileNetV2), onnx:FILE.onnx, the path of an .npy, .npz or "
            ".parquet file, or several of these joined by +."
        )
    if len(set(parts)) < len(parts):
        raise ConfigError(f"features is {features!r}; it names the same features twice.")
    n_keras = sum(part.startswith(KERAS_PREFIX) for part in parts)
    if weights is not None and n_keras != 1:
        raise ConfigError(f"weights belong to features keras:NAME, not to {features!r}.")
    if files is not None and not any(part.lower().endswith(".npy") for part in parts):
        raise ConfigError(f"files say which row is whose of an .npy file, not of {features!r}.")


def title_of(features: str) -> str:
    """What features are to people, within a sentence."""
    return " and ".join(map(_title_of_part, parts_of(features)))


def _title_of_part(part: str) -> str:
    if part == AUTO:
        return "what suits the images"
    if part == LITE0:
        return "what EfficientNet-Lite0 sees (trained on ImageNet; Apache-2.0)"
    if part.startswith(KERAS_PREFIX):
        return f"what {part.removeprefix(KERAS_PREFIX)} sees (licence: see keras.applications)"
    file = file_of(part)
    if file is None:
        return FEATURES[part].title
    if is_network(part):
        return f"what {file.name} sees (licence: see {file.with_suffix('.json').name})"
    return f"the embeddings of {file.name}"
