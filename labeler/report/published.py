"""What others reached with as few labels, to be marked beside a budget curve.

Read at the source; each with the protocol it was reached under, since most had it easier or
harder than a person who names images that a tool chose.
"""

from dataclasses import dataclass

_BALANCED = "as many labels drawn of each class, test images in the graph, 100 trials"
_ONE_RUN = "one run"


@dataclass(frozen=True)
class Published:
    """One figure of somebody else's.

    Attributes
    ----------
    n_labels : int
    accuracy : float
        On the test images, 0 to 1.
    name : str
    protocol : str
        How it was reached, where that differs from ours.
    source : str
    """

    n_labels: int
    accuracy: float
    name: str
    protocol: str
    source: str


def published(dataset: str) -> tuple[Published, ...]:
    """What is known of a data set, by its name; nothing for one that is not known."""
    return _FIGURES.get(dataset, ())


def _curve(
    points: dict[int, float], name: str, protocol: str, source: str
) -> tuple[Published, ...]:
    return tuple(
        Published(n_labels, percent / 100, name, protocol, source)
        for n_labels, percent in points.items()
    )


_FIGURES: dict[str, tuple[Published, ...]] = {
    "fashion-mnist": (
        *_curve(
            {10: 62.0, 50: 73.1, 100: 76.1, 200: 78.2, 400: 79.6},
            "Poisson-MBO, VAE graph",
            _BALANCED,
            "github.com/jwcalder/GraphLearning, ResultsFromPaper",
        ),
        *_curve(
            {100: 70.78},
            "logistic regression, representatives",
            _ONE_RUN,
            "github.com/Nandini-Jaiswal/SEMI_SUPERVISED_LEARNING",
        ),
        *_curve(
            {100: 71.52},
            "neural net, 70 % of each cluster",
            _ONE_RUN,
            "README of Label-Propagation by K-Means",
        ),
    ),
    "overhead-mnist": _curve(
        {40: 27.4},
        "logistic regression, whole clusters",
        f"its own test images, {_ONE_RUN}",
        "github.com/Nandini-Jaiswal/SEMI_SUPERVISED_LEARNING",
    ),
    "digits": _curve(
        {50: 90.9},
        "logistic regression, nearest 99 % of each cluster",
        _ONE_RUN,
        "github.com/ageron/handson-ml3, chapter 9",
    ),
}
