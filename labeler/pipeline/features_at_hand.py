"""Whether features can be had at all: looked at before anything is read or written.

Nothing heavy is imported to know it; what only shows when a network is made is refused there.
"""

import ast
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.feature_names import KERAS_PREFIX, LITE0, ONNX_PREFIX, files_of, parts_of
from labeler.learning.networks import network
from labeler.words import installing


def require_at_hand(config: RunConfig) -> None:
    """Refuse features whose network, package or file is not here.

    Parameters
    ----------
    config : RunConfig

    Raises
    ------
    ConfigError, InputError
        Says what is missing, and what to do.
    """
    for part in parts_of(config.features):
        if part == LITE0:
            network(part)  # reads its numbers, no more
        if part.startswith(KERAS_PREFIX):
            _require_keras(part.removeprefix(KERAS_PREFIX))
        if part.startswith(ONNX_PREFIX) and find_spec("onnxruntime") is None:
            raise ConfigError(f"onnx: needs onnxruntime: {installing('onnx')}.")
        _require_files(files_of(part))
    _require_files(Path(path) for path in (config.weights, config.files) if path is not None)


def _require_files(files: Iterable[Path]) -> None:
    for file in files:
        try:
            file.stat()
        except OSError as error:
            raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error


def _require_keras(name: str) -> None:
    names = keras_names()
    if names and name not in names:
        raise ConfigError(
            f"keras.applications has no network {name!r}; it has {', '.join(sorted(names))}."
        )


@cache
def keras_names() -> frozenset[str]:
    """The networks of ``keras.applications``, read from its file: to import it takes long.

    Empty where that file is not as it was: then a wrong name is refused by Keras itself.
    """
    package = find_spec("keras")
    for folder in (package and package.submodule_search_locations) or ():
        with suppress(OSError, SyntaxError, ValueError):
            text = Path(folder, "applications", "__init__.py").read_text(encoding="utf-8")
            return frozenset(name for name in _imported(ast.parse(text)) if name[:1].isupper())
    return frozenset()


def _imported(tree: ast.Module) -> list[str]:
    return [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
