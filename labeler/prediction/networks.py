"""The files of networks that a model looks with: found by their name, known by their content."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.config import RunConfig
from labeler.exceptions import ConfigError, InputError
from labeler.feature_names import ONNX_PREFIX, bare_name, network_files
from labeler.files import hash_file
from labeler.prediction.contents import Features
from labeler.progress import SILENT, Progress

if TYPE_CHECKING:
    from labeler.pipeline.describing import Description


def config_for(recipe: Features, folders: Sequence[Path]) -> RunConfig:
    """The settings that make a model's features here.

    Parameters
    ----------
    recipe : Features
    folders : sequence of Path
        Where its files are looked for, one after the other.

    Raises
    ------
    ConfigError
        The model's features are none that this Labeler knows.
    InputError
        MODEL-5: a file is not there, or another one.
    """
    paths = {name: _found(name, digest, folders) for name, digest in recipe.files.items()}

    def placed(part: str) -> str:
        name = part.removeprefix(ONNX_PREFIX)
        if name == part:
            return part
        if name not in paths:
            raise ConfigError(f"The model names a network {name!r}, but no content of it.")
        return f"{ONNX_PREFIX}{paths[name]}"

    if recipe.weights is not None and recipe.weights not in paths:
        raise ConfigError(f"The model names weights {recipe.weights!r}, but no content of them.")
    return RunConfig(
        features="+".join(map(placed, recipe.parts)),
        n_components=recipe.n_components,
        weights=None if recipe.weights is None else str(paths[recipe.weights]),
    )


def places_of(config: RunConfig) -> dict[str, Path]:
    """Where the files of networks lie here, by their bare names."""
    return {file.name: file for file in network_files(config.features, config.weights)}


def signatures_of(description: "Description", progress: Progress = SILENT) -> dict[str, str]:
    """All that what each network sees depends on, by its name without any folder."""
    signatures = description.signatures(progress)
    return {bare_name(name): signature for name, signature in signatures.items()}


def _found(name: str, digest: str, folders: Sequence[Path]) -> Path:
    places = [folder / name for folder in folders if (folder / name).is_file()]
    for place in places:
        if hash_file(place) == digest:
            return place.absolute()
    raise InputError(
        "MODEL-5",
        name,
        found=f"another file in {places[0].parent}" if places else "no such file",
        expected=f"the network that the model looks with, SHA-256 {digest}",
        remedy="Put it beside the model, or say with --network FILE where it is.",
    )
