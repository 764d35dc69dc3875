"""A model's file, opened in a notebook or a program: three lines from pictures to classes."""

import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.datasets.base import Split
from labeler.exceptions import ConfigError
from labeler.prediction.contents import About
from labeler.prediction.file import read_model, write_model
from labeler.prediction.model import Model
from labeler.prediction.predictions import Predictions, joined
from labeler.prediction.reading import read_picture_files, read_pictures
from labeler.progress import SILENT, Progress

if TYPE_CHECKING:
    import pandas as pd

Pictures = np.ndarray | str | PathLike[str] | Sequence[str | PathLike[str] | np.ndarray]
"""Images as arrays, the path of a data set or of one picture, or several paths or arrays."""


class LoadedModel:
    """A trained classifier with all that it needs, with scikit-learn's verbs.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), dtype str
        What ``predict`` gives, in the order of the columns of ``predict_proba``. Whole numbers,
        where ``FewLabels`` learned from such.
    about : labeler.prediction.contents.About
        Where it comes from, and how right it is.
    model : Model
        The parts that it is made of.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.classes_ = _as_given(model)

    @property
    def about(self) -> About:
        """Where it comes from, and how right it is."""
        return self.model.about

    def __repr__(self) -> str:
        about = self.about
        right = "" if about.accuracy is None else f", {about.accuracy:.4f} right"
        n_classes = len(self.classes_)
        learned = (
            f"{about.name!r} of {about.dataset}" if about.name else f"of {about.n_pool} images"
        )
        return f"<model {learned}: {n_classes} classes{right}>"

    def predict(self, pictures: Pictures) -> np.ndarray:
        """The class of each picture.

        Parameters
        ----------
        pictures : ndarray, path or sequence
            Images of shape (n, height, width) or (n, height, width, 3), of any size: uint8, or
            numbers on the scale that the model learned from, 0 to 1 or 0 to 255; rows of the
            pixels of images of the model's size; the path of a folder, an archive or any data
            set, whose images come in its order; the path of one picture; or a sequence of paths
            of pictures, or of arrays of one each, which may be of several sizes. Where the model
            learned from files, an array is taken as a file of these pixels would be.

        Returns
        -------
        ndarray of shape (n,)
            Of ``classes_``. Of a sequence of paths, one that cannot be read is warned of and is
            None here (the array is one of objects then), -1 as a label and NaN as a number; those
            of a folder or archive have no row.

        Raises
        ------
        ConfigError
            These are no pictures.
        InputError
            No file can be read, or one is not there.
        """
        labels = self.predictions(pictures).labels
        if (labels >= 0).all():
            return np.asarray(self.classes_[labels])
        named: np.ndarray = np.array([*self.classes_.tolist(), None], dtype=object)[labels]
        return named

    def predict_proba(self, pictures: Pictures) -> np.ndarray:
        """Probabilities of shape (n, n_classes), dtype float64, as the classifier gives them.

        Parameters and errors as of ``predict``. They are not calibrated; the confidences of
        ``predictions`` are, where ``about.calibrated_in_words`` says by what.
        """
        pictures = _at_hand(pictures)
        parts = self._parts(pictures)
        rows = _rows_of(pictures, parts)
        said = np.concatenate([self.model.predict_proba(images) for _, images in parts])
        return np.where((rows >= 0)[:, np.newaxis], said[rows], np.nan)

    def predictions(self, pictures: Pictures) -> Predictions:
        """All that is said of each picture: see ``Predictions``.

        Parameters and errors as of ``predict``.
        """
        pictures = _at_hand(pictures)
        return self._said(pictures, self._parts(pictures))

    def table(self, pictures: Pictures) -> "pd.DataFrame":
        """One row a picture, with the columns of ``labeler predict`` but for ``index``.

        Of arrays it has no ``file_name``.

        Parameters and errors as of ``predict``.

        Raises
        ------
        ConfigError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError as error:
            raise ConfigError("A table needs pandas: pip install pandas.") from error
        pictures = _at_hand(pictures)
        parts = self._parts(pictures)
        said, file_names = self._said(pictures, parts), _file_names(pictures, parts)
        names: np.ndarray = np.array([*self.model.classes, None], dtype=object)
        columns: dict[str, Any] = {} if file_names is None else {"file_name": file_names}
        columns |= {
            "class_name": names[said.labels],
            "label": said.labels,
            "confidence": said.confidences,
            "second_class": names[said.second_labels],
            "second_confidence": said.second_confidences,
            "distance": said.distances,
            "unfamiliar": said.unfamiliar,
        }
        return pd.DataFrame(columns)

    def save(self, path: str | PathLike[str], *, with_weights: bool = False) -> Path:
        """Write it to a file without code, as ``labeler model`` does, for ``load_model``.

        Parameters
        ----------
        path : str or path-like
            Of a file ``.zip``; one that is there is replaced.
        with_weights : bool
            Whether the files of networks go into it, which you must be allowed to pass on.

        Returns
        -------
        Path

        Raises
        ------
        ConfigError
            There are no such files.
        """
        write_model(self.model, Path(path), with_weights=with_weights)
        return Path(path)

    def _said(self, pictures: Pictures, parts: Sequence[tuple[np.ndarray, Split]]) -> Predictions:
        rows = _rows_of(pictures, parts)
        said = joined(self.model.predict(images) for _, images in parts).take(rows)
        return said if (rows >= 0).all() else said.but_for(rows < 0)

    def _parts(
        self, pictures: Pictures, progress: Progress = SILENT
    ) -> list[tuple[np.ndarray, Split]]:
        """Pictures prepared for the model, each part with the places of its own."""
        if isinstance(pictures, np.ndarray):
            return [_in_order(self.model.as_split(pictures))]
        if isinstance(pictures, str | PathLike):
            read = read_pictures(str(pictures), self.model)
            for file in read.dataset.left_out:
                warnings.warn(f"{file.file}: {file.reason}", stacklevel=4)
            return _numbered(images for _, images in read.parts)
        given = list(pictures)
        if all(isinstance(picture, str | PathLike) for picture in given) and given:
            paths = [Path(picture) for picture in given if not isinstance(picture, np.ndarray)]
            return list(read_picture_files(paths, self.model, progress))
        return [_in_order(self.model.as_split([np.asarray(picture) for picture in given]))]


def load_model(
    path: str | PathLike[str], networks: Sequence[str | PathLike[str]] = ()
) -> LoadedModel:
    """Open a model that ``labeler model`` wrote.

    Nothing in the file is run: it is JSON and plain arrays, and it is refused if this machine
    computes something else with it than the one that made it.

    Parameters
    ----------
    path : str or path-like
        The file.
    networks : sequence of str or path-like
        Files of networks that it looks with, where they do not lie beside it.

    Returns
    -------
    LoadedModel
        Ready to name pictures.

    Raises
    ------
    InputError
        It is no such file, damaged, or of another version.
    ConfigError
        Something that it needs is missing, or computes something else here.

    Examples
    --------
    >>> import labeler
    >>> model = labeler.load_model("mine.zip")  # doctest: +SKIP
    >>> model.predict("new-photos/")  # doctest: +SKIP
    >>> model.table("new-photos/").query("unfamiliar")  # doctest: +SKIP
    """
    return LoadedModel(read_model(Path(path), [Path(network) for network in networks]))


def _as_given(model: Model) -> np.ndarray:
    """The classes as whoever taught them has them; as names, where a file only says so."""
    names = np.array(model.classes)
    if model.about.are_numbers:
        with suppress(ValueError, OverflowError):
            return names.astype(np.int64)
    return names


def _at_hand(pictures: Pictures) -> Pictures:
    """A list of what can be gone through only once."""
    return pictures if isinstance(pictures, np.ndarray | str | PathLike) else list(pictures)


def _in_order(images: Split) -> tuple[np.ndarray, Split]:
    return np.arange(len(images)), images


def _numbered(parts: Iterable[Split]) -> list[tuple[np.ndarray, Split]]:
    numbered, start = [], 0
    for images in parts:
        numbered.append((start + np.arange(len(images)), images))
        start += len(images)
    return numbered


def _rows_of(pictures: Pictures, parts: Sequence[tuple[np.ndarray, Split]]) -> np.ndarray:
    """The row of each picture among those of all parts; -1 for one that could not be read."""
    places = np.concatenate([places for places, _ in parts])
    if isinstance(pictures, np.ndarray | str | PathLike):
        return np.argsort(places, kind="stable")
    rows = np.full(len(pictures), -1)
    rows[places] = np.arange(len(places))
    return rows


def _file_names(pictures: Pictures, parts: Sequence[tuple[np.ndarray, Split]]) -> list[str] | None:
    """What the rows of a table are told apart by: paths as given, or names in a data set."""
    if isinstance(pictures, np.ndarray):
        return None
    if not isinstance(pictures, str | PathLike):
        paths = [str(path) for path in pictures if isinstance(path, str | PathLike)]
        return paths if paths and len(paths) == len(pictures) else None
    if any(images.names is None for _, images in parts):
        return None
    return [name for _, images in parts for name in images.names or ()]
