"""What the JSON interface takes: bodies and what an address may ask for, each declared once.

Names and limits are here; whether a value fits the run is said by the use case.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from labeler.config import DEFAULT_PRESET, DISTORTIONS, PRESETS
from labeler.datasets import KNOWN
from labeler.learning.cluster_analysis.parts import MAX_PARTS
from labeler.storage import rows
from labeler.storage.rows import AnswerSource, Verdict
from labeler.typed_json import one_of, plugged_in
from labeler.workflow.exchange.choices import IMAGES, OF_RUNS
from labeler.workflow.json_shapes import Propagation

MAX_ID = 2**63 - 1
LONGEST_TEXT = 2000
MOST = 100_000
KEEPABLE = r"^[^\u0000\ud800-\udfff]*$"
"""A text that every database can keep: without NUL and half characters."""

Whole = Annotated[int, Meta(ge=0, le=MAX_ID)]
Positive = Annotated[int, Meta(ge=1, le=MAX_ID)]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Share = Annotated[float, Meta(ge=0, le=1)]
Fraction = Annotated[float, Meta(gt=0, le=1)]
LeastConfidence = Annotated[
    Share,
    Meta(description="Least confidence of a label, as over the graph; not with fraction"),
]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=KEEPABLE)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=KEEPABLE)]
Key = Annotated[str, Meta(max_length=1, pattern=KEEPABLE)]
OpId = Annotated[str, Meta(min_length=1, max_length=64, pattern=KEEPABLE)]
Classifier = Annotated[str, plugged_in("classifiers")]


class Given(Struct, kw_only=True):
    """A body, or what stands behind ``?``; a field that is not described is not looked at."""


class NewRun(Given):
    """A run to be made of a known data set, or of one imported before.

    Attributes
    ----------
    budget : int or None
        Answers to ask for. null: 50 for digits, else a quarter of the images: at least 10, at
        most 100.
    use_labels : bool
        Whether the labels that the images have already become answers, but for those held out to
        test on; not with an oracle.
    features : str or None
        Also auto, lite0, and keras:NAME, a network of keras.applications; or several joined by
        plus signs; no file.
    """

    name: Name
    source: Annotated[str, one_of(KNOWN)] | None = None
    dataset_id: Whole | None = None
    preset: Annotated[str, one_of(PRESETS)] = DEFAULT_PRESET
    budget: Positive | None = None
    classes: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MOST)] | None = None
    answerer: AnswerSource = AnswerSource.HUMAN
    error_rate: Share = 0.0
    seed: Whole | None = None
    classifier: Classifier = "logistic"
    use_labels: bool = False
    features: Annotated[str, plugged_in("features")] | None = None
    strategy: Annotated[str, plugged_in("strategies")] | None = None
    n_rounds: Positive | None = None
    propagation: Propagation | None = None
    distortions: Annotated[str, one_of(DISTORTIONS)] | None = None
    threshold: Share | None = None


class GivenAnswer(Given):
    """What is said about one question; ``class_id`` exactly with the verdict ``class``."""

    question_id: Whole
    verdict: Verdict
    class_id: Whole | None = None


class Answering(Given, tag_field="kind", tag="answer"):
    """One answer or several.

    Attributes
    ----------
    op_id : str
        Made by the client; sending it again changes nothing.
    expected : dict or None
        Question id to the op_id of the answer that is believed to stand, null for none.
    """

    op_id: OpId
    answers: Annotated[tuple[GivenAnswer, ...], Meta(min_length=1, max_length=MOST)]
    expected: dict[Annotated[str, Meta(pattern="^[0-9]{1,18}$")], Text | None] | None = None
    duration_ms: Whole | None = None

    @property
    def given(self) -> list[rows.GivenAnswer]:
        """``answers`` as they are recorded."""
        return [
            rows.GivenAnswer(answer.question_id, answer.verdict, answer.class_id)
            for answer in self.answers
        ]

    @property
    def expected_by_id(self) -> dict[int, str | None] | None:
        """``expected`` by number: JSON knows only texts as names."""
        if self.expected is None:
            return None
        return {int(question_id): op_id for question_id, op_id in self.expected.items()}


class Undoing(Given, tag_field="kind", tag="undo"):
    """Answers to be taken back.

    Attributes
    ----------
    op_id : str
        Made by the client; sending it again changes nothing.
    target : str or None
        The op_id to take back; without it, the newest of this annotator.
    """

    op_id: OpId
    target: Text | None = None


class ReviewingPage(Given, tag_field="kind", tag="page"):
    """What somebody made of a page of labels.

    Attributes
    ----------
    op_id : str
        Made by the client; sending it again changes nothing.
    queue, page : int
        The order that the page is of, and its number there.
    marks : dict
        Image numbers of what does not belong there, with the id of its class, or null.
    images : list of int
        Numbers of what was shown: of others of the page nothing is said. By default all of it.
    """

    op_id: OpId
    queue: Whole
    page: Whole
    marks: dict[Annotated[str, Meta(pattern="^[0-9]{1,15}$")], Whole | None]
    images: list[Whole] | None = None
    duration_ms: Whole | None = None

    @property
    def marks_by_image(self) -> dict[int, int | None]:
        """``marks`` by number: JSON knows only texts as names."""
        return {int(image): class_id for image, class_id in self.marks.items()}


class ReviewingImage(Given, tag_field="kind", tag="image"):
    """What somebody made of the label of one image, opened from anywhere.

    Attributes
    ----------
    op_id : str
        Made by the client; sending it again changes nothing.
    image : int
        Image number.
    shown : int or None
        The id of the class that it was said to be; null where it had no label.
    class_id : int or None
        What it is: let stand where it is the one shown. Null: not the one shown.
    base_revision : int or None
        The run's revision that was looked at: what somebody else answered since is not answered
        over.
    """

    op_id: OpId
    image: Whole
    shown: Whole | None = None
    class_id: Whole | None = None
    duration_ms: Whole | None = None
    base_revision: Whole | None = None


class UndoingPage(Given, tag_field="kind", tag="undo"):
    """A page of labels, or what was said of one image, to be taken back."""

    op_id: OpId
    target: OpId


class NewClass(Given):
    """A class to be added."""

    name: Name
    key: Key | None = None


class ChangedClass(Given):
    """What of a class is to change; ``merged_into`` null takes a merge back."""

    name: Name | UnsetType = UNSET
    key: Key | None | UnsetType = UNSET
    merged_into: Whole | None | UnsetType = UNSET


class Splitting(Given, tag_field="kind", tag="split"):
    """A cluster to be clustered again."""

    op_id: OpId
    cluster: Whole
    k: Annotated[int, Meta(ge=2, le=MAX_PARTS)] | None = None
    raise_budget: bool = False


class Merging(Given, tag_field="kind", tag="merge"):
    """Clusters to become one."""

    op_id: OpId
    clusters: Annotated[tuple[Whole, ...], Meta(min_length=2, max_length=MOST)]


class UndoingOfClusters(Given, tag_field="kind", tag="undo"):
    """The newest change of the clusters, to be taken back."""

    op_id: OpId


class MoreImages(Given):
    """Images of a folder, zip or tar, to be added to a run.

    Attributes
    ----------
    path : str
        Under a folder that Labeler was started with.
    strict : bool
        Whether nothing is added if one new image cannot be read.
    """

    path: Annotated[Text, Meta(min_length=1)]
    strict: bool = False


class NewBudget(Given):
    """How many answers may be asked for."""

    budget: Positive


class Training(Given):
    """A training to begin."""

    fraction: Fraction | None = None
    classifier: Classifier | None = None
    comparisons: bool = True
    threshold: LeastConfidence | None = None
    propagation: Propagation | None = None


class Page(Given):
    """Which of many are wanted."""

    limit: Count | None = None
    offset: Count = 0


class Filter(Given):
    """Which questions are wanted.

    Attributes
    ----------
    filter : str
        unanswered, skipped, mixed, or the id of a class.
    """

    filter: str = ""


class Threshold(Given):
    """How labels are spread by confidence.

    Attributes
    ----------
    propagation : str
        By default the one chosen last, or else one that takes what is given.
    """

    threshold: LeastConfidence | None = None
    propagation: Propagation | None = None


class Spreading(Threshold):
    """How labels are spread.

    Attributes
    ----------
    fraction : float
        Of each cluster; without this and threshold, as was chosen last.
    """

    fraction: Fraction | None = None


class Export(Given):
    """A set that is asked for, as the form of the page asks for it.

    Attributes
    ----------
    calibrated : str
        Given: confidences are probabilities, by the audit of the labels, or else by the answers
        that were left out when the run was trained.
    cluster : str
        Numbers, separated by commas.
    fraction : float
        Without it and threshold: the set that was trained last.
    images : str
        Given: with the images, where the format leaves that open; one of the values of files says
        which, too.
    files : str
        Which files the images are: those that were read, byte for byte or as links where the file
        system can, or small PNG files. Without it, the first where there are any.
    skip_missing : str
        Given: images whose original moved or changed since it was read are left out; else nothing
        is written then.
    test : str
        Whether what is held out to test on is in it; by default where each row says what it is
        for.
    raw : str
        Given: text in CSV as it is, even where a spreadsheet would run it.
    """

    format: Annotated[str, plugged_in("formats")] = "csv"
    source: list[Annotated[str, one_of(OF_RUNS)]] | None = None
    class_: list[str] | None = field(default=None, name="class")
    min_confidence: Share | None = None
    calibrated: str | None = None
    cluster: str | None = None
    fraction: Fraction | None = None
    threshold: LeastConfidence | None = None
    validation: Annotated[float, Meta(gt=0, lt=1)] | None = None
    images: str | None = None
    files: Annotated[str, one_of(IMAGES)] | None = None
    skip_missing: str | None = None
    test: Annotated[str, one_of(("yes", "no"))] | None = None
    raw: str | None = None
