"""What a model's file says of itself: ``model.json``, declared once for writing and reading."""

from typing import Annotated

from msgspec import Meta, Struct

from labeler import words

FORMAT = "labeler-model"
VERSION = 1
"""Counted up when an older Labeler could no longer read the file."""

MAX_SIDE = 4_096
MAX_CLASSES = 10_000
MAX_TEXT = 10_000
MAX_VALUE = 1e30
"""Of a picture's numbers."""

_NO_CONTROLS = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
"""Terminals obey them, and these texts are printed; tabs and new lines are none."""
Text = Annotated[str, Meta(max_length=MAX_TEXT, pattern=_NO_CONTROLS)]
ClassName = Annotated[str, Meta(min_length=1, max_length=1_000)]
Side = Annotated[int, Meta(ge=1, le=MAX_SIDE)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Share = Annotated[float, Meta(ge=0, le=1)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Meta(pattern=r"^[^/\\:\x00-\x1f]{1,255}$")]
ArrayName = Annotated[str, Meta(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+){0,5}$", max_length=100)]


class Pictures(Struct, frozen=True, kw_only=True):
    """How pictures are prepared, before anything looks at them.

    They are turned as the camera noted, brought to 8 bits, shrunk to 64 pixels on the longer side,
    and fitted into ``height`` by ``width``, their aspect kept, on their own edge colour.

    Attributes
    ----------
    height, width : int
    is_colour : bool
        Whether they are RGB, else grey.
    scale : tuple of float or None
        Which values of pictures of 16 bits are black and white.
    numbers : tuple of float or None
        Which values of arrays are; None where that is not known.
    from_files : bool
        Whether those that were learned from were files, which networks looked at as they are:
        arrays are prepared as such files are then. Of files that do not say it, they are only made
        equal to ``height`` by ``width``.
    """

    height: Side
    width: Side
    is_colour: bool
    scale: tuple[float, float] | None = None
    numbers: tuple[float, float] | None = None
    from_files: bool = False


class Features(Struct, frozen=True, kw_only=True):
    """What turns pictures into vectors; what it learned is in the arrays ``features.…``.

    Attributes
    ----------
    parts : tuple of str
        As ``labeler.feature_names`` has them, files by their bare name.
    n_components : int
    files : dict of str to str
        SHA-256 of each file that they are read from, by its name.
    weights : str or None
        Which of these has the weights of a ``keras:`` network.
    networks : dict of str to str
        All that what each network sees depends on, by its name.
    inside : tuple of str
        Which of these files the model's file holds, as ``networks/NAME``.
    """

    parts: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=10)]
    n_components: Annotated[int, Meta(ge=1, le=100_000)]
    files: dict[FileName, Digest] = {}
    weights: FileName | None = None
    networks: dict[Text, Text] = {}
    inside: Annotated[tuple[FileName, ...], Meta(max_length=20)] = ()


class Head(Struct, frozen=True, kw_only=True):
    """What names vectors; its numbers are in ``classifier.…``, ``alone.…``, ``net.…``, ``pool.…``.

    Attributes
    ----------
    classifier : str
        One of ``plugins.CLASSIFIERS``.
    hears_neighbours, hears_alone, hears_net : bool
        What is heard beside it: the nearest images of the pool, a classifier of the answers alone,
        a net that looks at the pictures.
    """

    classifier: Annotated[str, Meta(max_length=100)]
    hears_neighbours: bool = False
    hears_alone: bool = False
    hears_net: bool = False


class Unfamiliar(Struct, frozen=True, kw_only=True):
    """What counts as unlike the pool.

    Attributes
    ----------
    threshold : float or None
        Distance to the tenth-nearest image that is known; None of a pool of fewer than 19 different
        images, beyond which no distance is known to be so rare.
    false_alarms : float
        Share of pictures like those of the pool that are flagged all the same.
    """

    threshold: Annotated[float, Meta(ge=0)] | None
    false_alarms: Share


class HeldOut(Struct, frozen=True, kw_only=True):
    """The images that were held out to test on, of a data set without a part for that.

    Attributes
    ----------
    seed : int
        What chose them, by ``datasets.splitting.with_test_part``.
    sha256 : str
        Of these images, as the model takes them.
    """

    seed: Annotated[int, Meta(ge=0, lt=2**32)]
    sha256: Digest


class About(Struct, frozen=True, kw_only=True):
    """Where a model comes from and how right it is, for people and programs.

    Attributes
    ----------
    name : str
        Of the run that it learned in.
    dataset : str
    preset : str
    n_labels : int
        Images that somebody named.
    n_pool : int
        Images that it learned from.
    use : str
        Which use of the answers it makes: a stage of the table of results.
    accuracy : float or None
        Of the run's test part; None where no true labels were known.
    n_test : int
        Images of that part.
    held_out : HeldOut or None
        How to find them again, where their data set has no part of its own.
    certificate : str
        What an audit found of the labels, in a sentence; empty without one.
    calibrated_by : int
        Audited images that its confidences are calibrated by.
    calibrated_by_answers : int
        Or answers, left out in turn. Where both are 0, confidences are as the classifier gives
        them, which is usually too sure.
    label_set : str
        SHA-256 that names the labels that it learned from, as audits and exports have it.
    licences : tuple of str
        Of weights that others trained.
    are_numbers : bool
        Whether the classes were given as whole numbers, which ``load_model`` gives back.
    """

    name: Text = ""
    dataset: Text = ""
    preset: Text = ""
    n_labels: int = 0
    n_pool: int = 0
    use: Text = ""
    accuracy: Share | None = None
    n_test: int = 0
    held_out: HeldOut | None = None
    certificate: Text = ""
    calibrated_by: Count = 0
    calibrated_by_answers: Count = 0
    label_set: Text = ""
    licences: tuple[Text, ...] = ()
    are_numbers: bool = False

    @property
    def calibrated_in_words(self) -> str:
        """By what its confidences are calibrated; empty where they are not."""
        if self.calibrated_by:
            return f"an audit of {words.counted(self.calibrated_by, 'image')}"
        if self.calibrated_by_answers:
            n = words.counted(self.calibrated_by_answers, "answer")
            return f"{n}, left out in turn (roughly; an audit knows more)"
        return ""


class ArrayEntry(Struct, frozen=True, kw_only=True):
    """One array of the file.

    Attributes
    ----------
    sha256 : str
        Of its ``.npy`` file.
    dtype : str
    shape : tuple of int
    """

    sha256: Digest
    dtype: Annotated[str, Meta(pattern=r"^[<>|][biuf]\d{1,2}$")]
    shape: Annotated[tuple[Annotated[int, Meta(ge=0)], ...], Meta(max_length=5)]


class Contents(Struct, frozen=True, kw_only=True):
    """All that ``model.json`` says.

    Attributes
    ----------
    format : str
    format_version : int
    labeler_version : str
    versions : dict of str to str
        Of the libraries that it was computed with.
    classes : tuple of str
        Names, in the order of their indices.
    known_as : dict of str to int
        What data sets call the classes, where it differs: the index of each such name.
    arrays : dict of str to ArrayEntry
        ``NAME`` is the file ``arrays/NAME.npy``.
    """

    format: Annotated[str, Meta(max_length=100)]
    format_version: int
    labeler_version: Annotated[str, Meta(max_length=100)]
    versions: dict[Text, Text]
    classes: Annotated[tuple[ClassName, ...], Meta(min_length=1, max_length=MAX_CLASSES)]
    known_as: dict[ClassName, Annotated[int, Meta(ge=0)]] = {}
    pictures: Pictures
    features: Features
    head: Head
    unfamiliar: Unfamiliar
    about: About
    arrays: Annotated[dict[ArrayName, ArrayEntry], Meta(max_length=200)]
