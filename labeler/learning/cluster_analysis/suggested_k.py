"""The k that each index suggests, and in plain words what that says and does not say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.learning.cluster_analysis.records import IndexRow, SuggestedK

LEAST_PROMINENCE = 0.05
"""Of the range of an index: what a further local optimum has to stand out by."""

STEADY = 0.9
"""Mean adjusted Rand index from which runs are said to find the same clusters."""

NOTHING_FOUND = "The values suggest no number of clusters."


def suggest(rows: Sequence[IndexRow]) -> tuple[SuggestedK, ...]:
    """One suggestion for each index, in the order they are shown.

    Parameters
    ----------
    rows : sequence of IndexRow
        Ascending by k.

    Returns
    -------
    tuple of SuggestedK
        One for each index that was measured.
    """
    return tuple(_suggest(rule, rows) for rule in RULES)


def knee(ks: Sequence[int], values: Sequence[float]) -> int | None:
    """The k at which a falling curve is farthest below the line between its ends.

    Both axes are scaled to 0 … 1 first (the *Kneedle* rule of Satopää et al., 2011, without its
    smoothing and its sensitivity).

    Parameters
    ----------
    ks : sequence of int
        Ascending.
    values : sequence of float

    Returns
    -------
    int or None
        None for fewer than three points, or where the curve is nowhere below the line.
    """
    if len(ks) < 3 or values[0] == values[-1]:
        return None
    x = (np.asarray(ks) - ks[0]) / (ks[-1] - ks[0])
    y = (np.asarray(values) - values[-1]) / (values[0] - values[-1])
    below = 1 - x - y
    best = int(below.argmax())
    return None if below[best] <= 1e-12 else ks[best]


def peaks(ks: Sequence[int], values: Sequence[float]) -> tuple[int, ...]:
    """The ks of local maxima that stand out by a twentieth of all the values' range or more.

    Parameters
    ----------
    ks : sequence of int
    values : sequence of float

    Returns
    -------
    tuple of int
        The highest first; none at an end of the range.
    """
    if len(values) < 3 or not np.isfinite(values).all():
        return ()
    from scipy.signal import find_peaks  # a second that no page waits for

    places, _ = find_peaks(values, prominence=LEAST_PROMINENCE * float(np.ptp(values)))
    return tuple(ks[i] for i in sorted(places.tolist(), key=lambda i: -values[i]))


@dataclass(frozen=True)
class _Rule:
    index: str
    title: str
    rule: str
    find: Callable[[Sequence[IndexRow]], int | None]
    says: Callable[[Sequence[IndexRow], int], str]
    does_not_say: str
    sign: int = 0
    """1 where high is good, -1 where low is, 0 where the level says nothing."""


def _suggest(rule: _Rule, rows: Sequence[IndexRow]) -> SuggestedK:
    k = rule.find(rows)
    ks = [row.k for row in rows]
    others: tuple[int, ...] = ()
    if rule.sign and k is not None:
        signed = [rule.sign * float(getattr(row, rule.index)) for row in rows]
        others = tuple(peak for peak in peaks(ks, signed) if peak != k)
    return SuggestedK(
        index=rule.index,
        title=rule.title,
        k=k,
        others=others,
        at_edge=len(rows) > 1 and k in (ks[0], ks[-1]),
        rule=rule.rule,
        says=NOTHING_FOUND if k is None else rule.says(rows, k),
        does_not_say=rule.does_not_say,
    )


def _best(index: str, sign: int) -> Callable[[Sequence[IndexRow]], int | None]:
    def find(rows: Sequence[IndexRow]) -> int | None:
        values = [(sign * float(getattr(row, index)), row.k) for row in rows]
        defined = [(value, k) for value, k in values if np.isfinite(value)]
        # Of equal values the larger number of clusters: it tells more.
        return max(defined)[1] if defined else None

    return find


def _knee(rows: Sequence[IndexRow]) -> int | None:
    return knee([row.k for row in rows], [row.inertia for row in rows])


def _row(rows: Sequence[IndexRow], k: int) -> IndexRow:
    return next(row for row in rows if row.k == k)


def _inertia_says(rows: Sequence[IndexRow], k: int) -> str:
    first, at, last = (_row(rows, n).inertia for n in (rows[0].k, k, rows[-1].k))
    share = (first - at) / (first - last)
    text = (
        f"Going from {rows[0].k} to {k} clusters brings {100 * share:.0f} % of what going on to "
        f"{rows[-1].k} brings; after that each further cluster brings less."
    )
    half = [row for row in rows if row.k <= (rows[0].k + rows[-1].k) / 2]
    shorter = _knee(half)
    if shorter in (None, k):
        return text
    return f"{text} Looked at only up to {half[-1].k}, the same rule gives {shorter}."


def _silhouette_says(rows: Sequence[IndexRow], k: int) -> str:
    row = _row(rows, k)
    near = [r.k for r in rows if r.k != k and row.silhouette - r.silhouette <= row.silhouette_sd]
    error = f" ± {row.silhouette_sd:.3f}" if row.silhouette_sd else ""
    text = (
        f"With {k} clusters images are, on the average, most clearly nearer to their own cluster "
        f"than to the next one ({row.silhouette:.3f}{error}; 1 is apart, 0 is in between)."
    )
    if not near:
        return text
    return f"{text} Within the sampling error of it: {_listed(near)}."


def _calinski_harabasz_says(rows: Sequence[IndexRow], k: int) -> str:
    if len(rows) > 1 and all(a.calinski_harabasz > b.calinski_harabasz for a, b in _pairs(rows)):
        return (
            "The ratio of variance between clusters to variance inside them falls with every "
            f"further cluster, so it names the smallest number looked at, {k}: by this measure "
            "no number stands out."
        )
    return f"Variance between clusters is largest, beside that inside them, with {k}."


def _davies_bouldin_says(rows: Sequence[IndexRow], k: int) -> str:
    value = _row(rows, k).davies_bouldin
    return (
        f"With {k} clusters each is, beside the one most like it, smallest for its distance "
        f"({value:.2f}; lower is better apart)."
    )


def _stability_says(rows: Sequence[IndexRow], k: int) -> str:
    row = _row(rows, k)
    steady = [r.k for r in rows if r.stability >= STEADY]
    text = f"Runs from different starts agree most with {k} clusters ({row.stability:.2f} of 1)."
    if not steady:
        return f"{text} At no k do they agree to {STEADY}: the clusters depend on the start."
    return f"{text} They agree to {STEADY} or more at {_listed(steady)}."


def _pairs(rows: Sequence[IndexRow]) -> list[tuple[IndexRow, IndexRow]]:
    return list(zip(rows, rows[1:], strict=False))


def _listed(ks: Sequence[int]) -> str:
    return "k = " + ", ".join(map(str, ks))


RULES = (
    _Rule(
        "inertia",
        "Inertia (elbow)",
        "farthest below the straight line between the ends of the curve (Kneedle)",
        _knee,
        _inertia_says,
        "It does not say that there are so many groups: inertia falls on data without any, and "
        "the elbow moves with the range looked at.",
    ),
    _Rule(
        "silhouette",
        "Silhouette",
        "the highest value",
        _best("silhouette", 1),
        _silhouette_says,
        "It does not say that the clusters are classes, it favours few round clusters, and its "
        "values cannot be compared between feature spaces.",
        sign=1,
    ),
    _Rule(
        "calinski_harabasz",
        "Calinski–Harabasz",
        "the highest value",
        _best("calinski_harabasz", 1),
        _calinski_harabasz_says,
        "It does not say anything about clusters that are not round and of like size, nor can its "
        "values be compared between feature spaces.",
        sign=1,
    ),
    _Rule(
        "davies_bouldin",
        "Davies–Bouldin",
        "the lowest value",
        _best("davies_bouldin", -1),
        _davies_bouldin_says,
        "It does not say how clear the clusters are: it looks at centroids and mean distances "
        "only, and at one neighbour of each cluster.",
        sign=-1,
    ),
    _Rule(
        "stability",
        "Stability over seeds",
        "the highest mean adjusted Rand index between runs",
        _best("stability", 1),
        _stability_says,
        "It does not say that the clusters are right: a cut through the middle of one group can "
        "be found again every time. Few clusters are easier to find again than many.",
        sign=1,
    ),
)
