"""What a screen is given of the clusters of a run or of a data set: cards, classes, a map."""

from dataclasses import dataclass

from labeler.storage.rows import ClusterChange, Verdict
from labeler.workflow.exploration.exploring import Exploration
from labeler.workflow.training.results import badness


@dataclass(frozen=True)
class ClassShare:
    """How much of a cluster is of one true class.

    Attributes
    ----------
    label : int
    name : str
    n_images : int
    share : float
        Of its images of known class.
    n_test : int
    """

    label: int
    name: str
    n_images: int
    share: float
    n_test: int


@dataclass(frozen=True)
class ClusterCard:
    """One cluster. Every image is an image number of the data set.

    Attributes
    ----------
    name : str
        ``"17"``, or ``"3.1"`` for a part of a data set's cluster 3.
    share : float
        Of the pool.
    spread : float
        Mean distance of its images to its centroid.
    looseness : float
        The same beside that of all clusters together.
    silhouette : float or None
    neighbour : str or None
        The cluster whose centroid is nearest.
    image : int
        The one asked about; or else that nearest the centroid.
    classes : tuple of ClassShare
        The most frequent first; empty without ground truth.
    purity, test_purity : float or None
    n_test : int
        Test images nearest to its centroid.
    question_id, verdict, class_name, class_id : None
        Outside of a run, or without an answer.
    made_from : tuple of str
        The clusters that it was split or merged from.
    """

    name: str
    size: int
    share: float
    spread: float
    looseness: float
    silhouette: float | None
    neighbour: str | None
    image: int
    nearest: tuple[int, ...]
    farthest: tuple[int, ...]
    classes: tuple[ClassShare, ...]
    purity: float | None
    test_purity: float | None
    n_test: int
    question_id: int | None = None
    verdict: Verdict | None = None
    class_name: str | None = None
    class_id: int | None = None
    made_from: tuple[str, ...] = ()

    @property
    def badness(self) -> tuple[float, float, int]:
        """Sorts from worst to best; what was answered "mixed" comes first."""
        right = None
        if self.classes and self.class_name is not None:
            right = sum(part.share for part in self.classes if part.name == self.class_name)
        if self.verdict is Verdict.MIXED:
            return (-1.0, -self.looseness, -self.size)
        return badness(right, self.purity, self.looseness, self.size)


@dataclass(frozen=True)
class Confusion:
    """Images of the class ``true`` that lie in clusters where ``named`` is most frequent."""

    true: str
    named: str
    n_images: int
    share: float


@dataclass(frozen=True)
class MapPoint:
    """One image on the map; ``label`` and ``true`` are labels, -1 where there is none."""

    image: int
    x: float
    y: float
    cluster: int
    label: int
    true: int


@dataclass(frozen=True, eq=False)
class ClustersView:
    """What a screen shows of the clusters.

    Attributes
    ----------
    cards : tuple of ClusterCard
        In the order of their places, which ``MapPoint.cluster`` counts.
    names : tuple of str
        Classes by label.
    purity, test_purity : float or None
        None without ground truth.
    confused : tuple of Confusion
        The largest share first.
    missing : tuple of str
        Classes that are most frequent in no cluster.
    points : tuple of MapPoint
    explained : float
        Share of the variance that the map shows.
    """

    cards: tuple[ClusterCard, ...]
    names: tuple[str, ...]
    n_pool: int
    purity: float | None
    test_purity: float | None
    confused: tuple[Confusion, ...]
    missing: tuple[str, ...]
    points: tuple[MapPoint, ...]
    explained: float

    @property
    def has_truth(self) -> bool:
        return self.purity is not None

    @property
    def worst_first(self) -> tuple[ClusterCard, ...]:
        return tuple(sorted(self.cards, key=lambda card: card.badness))


@dataclass(frozen=True, eq=False)
class RunClusters:
    """The clusters of a run, and how they came to be.

    Attributes
    ----------
    changes : tuple of ClusterChange
        All of them, in their order.
    undoable : ClusterChange or None
        The one that would be taken back now.
    n_asked, budget : int
        Questions that count against the budget, and how many it allows.
    exploration : Exploration or None
        The indices over k, where they were measured.
    """

    view: ClustersView
    changes: tuple[ClusterChange, ...]
    undoable: ClusterChange | None
    n_asked: int
    budget: int
    exploration: Exploration | None
