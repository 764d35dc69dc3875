"""Which rows are set aside to validate on: whole groups, and every class on both sides.

Dividing groups so that no class is left on one side only is a matter of two colours for the sets
of groups that classes are in. That is hard in general and easy in practice: a first division by
share alone is repaired as WalkSAT does it (Selman, Kautz and Cohen 1994), one group of one missing
class at a time, and then polished, group by group, toward the share that was asked for.
scikit-learn's ``StratifiedGroupKFold`` balances the classes, too, but promises none of them a
place on both sides, and knows only shares of one part in so many.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from labeler.records import UNLABELED

MOST_REPAIRS = 2_000
"""Groups that change sides until a division without a missing class counts as not to be found."""
MOST_ROUNDS = 20
"""Times that every group is looked at while any change makes the division better."""
_LOOKED_AT = 40
_NOISE = 0.1
_LEAST_GAIN = 1e-12

Badness = tuple[int, float]
"""Classes that miss a side they could have; how far classes and whole are from the share."""


@dataclass(frozen=True)
class OneSided:
    """A class that is not on both sides.

    Attributes
    ----------
    label : int
    is_validation : bool
        On which side it is.
    n_groups : int
        With one there was no choice; with more, other classes stood in the way.
    """

    label: int
    is_validation: bool
    n_groups: int


def choose_validation(
    groups: np.ndarray, labels: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Choose about ``share`` of the rows, whole groups at a time.

    Every class of two or more groups is on both sides, if there is any such division; among those
    the classes and the whole are as near to ``share`` as changing single groups brings them.
    The cost grows with the number of pairs of a group and a class in it.

    Parameters
    ----------
    groups : ndarray of shape (n,)
        At least two different numbers.
    labels : ndarray of shape (n,)
        ``UNLABELED`` where there is none.
    share : float
        Above 0, below 1.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n,), dtype bool
        Neither nothing nor everything.
    """
    _, places = np.unique(groups, return_inverse=True)
    division = _Division(places, labels, share)
    order = rng.permutation(len(division.sizes)).tolist()
    division.fill(order)
    division.repair(rng)
    division.polish(order)
    division.fill_empty_side()
    return np.array(division.inside)[places]


def one_sided(
    groups: np.ndarray, labels: np.ndarray, is_validation: np.ndarray
) -> tuple[OneSided, ...]:
    """The classes that are on one side only, by label."""
    classes = []
    for label in np.unique(labels[labels != UNLABELED]).tolist():
        rows = labels == label
        n_inside = int(np.count_nonzero(is_validation[rows]))
        if n_inside in (0, int(np.count_nonzero(rows))):
            classes.append(OneSided(label, n_inside > 0, len(np.unique(groups[rows]))))
    return tuple(classes)


class _Division:
    """Groups on two sides, and what changes when one of them changes sides."""

    def __init__(self, places: np.ndarray, labels: np.ndarray, share: float) -> None:
        self.share = share
        self.sizes: list[int] = np.bincount(places).tolist()
        self.inside = [False] * len(self.sizes)
        self.cells = _cells(places, labels, len(self.sizes))
        n_classes = 1 + max((label for cell in self.cells for label, _ in cell), default=-1)
        self.members: list[list[int]] = [[] for _ in range(n_classes)]
        self.totals, self.rows_inside = [0] * n_classes, [0] * n_classes
        for group, cell in enumerate(self.cells):
            for label, count in cell:
                self.members[label].append(group)
                self.totals[label] += count
        self.groups_inside = [0] * n_classes
        self.n_rows, self.n_inside = len(places), 0
        # The whole counts as much as all classes together.
        self.weight = max(1, sum(total > 0 for total in self.totals))

    def fill(self, order: Iterable[int]) -> None:
        """Set groups aside as long as that brings the share nearer."""
        for group in order:
            if self._change(group)[1] < -_LEAST_GAIN:
                self._flip(group)

    def repair(self, rng: np.random.Generator) -> None:
        """Change single groups until no class misses a side, or the best of many tries."""
        missing = {label for label in range(len(self.members)) if self._is_missing(label)}
        best, fewest = list(self.inside), len(missing)
        for _ in range(MOST_REPAIRS):
            if not missing:
                return
            wanted = sorted(missing)[rng.integers(len(missing))]
            group = self._best_of(self.members[wanted], rng)
            self._flip(group)
            for label, _ in self.cells[group]:
                (missing.add if self._is_missing(label) else missing.discard)(label)
            if len(missing) < fewest:
                best, fewest = list(self.inside), len(missing)
        self._become(best)

    def polish(self, order: list[int]) -> None:
        """Change single groups while that makes the division better."""
        for _ in range(MOST_ROUNDS):
            changed = False
            for group in order:
                missed, distance = self._change(group)
                if missed < 0 or (missed == 0 and distance < -_LEAST_GAIN):
                    self._flip(group)
                    changed = True
            if not changed:
                return

    def fill_empty_side(self) -> None:
        """Where all groups are on one side, move the one whose size fits best."""
        if 0 < sum(self.inside) < len(self.inside):
            return
        share = self.share if not any(self.inside) else 1 - self.share
        wanted = share * self.n_rows
        self._flip(min(range(len(self.sizes)), key=lambda group: abs(self.sizes[group] - wanted)))

    def _best_of(self, groups: list[int], rng: np.random.Generator) -> int:
        if rng.random() < _NOISE:
            return groups[rng.integers(len(groups))]
        looked_at = groups
        if len(groups) > _LOOKED_AT:
            looked_at = rng.choice(groups, _LOOKED_AT, replace=False).tolist()
        return min(looked_at, key=self._change)

    def _change(self, group: int) -> Badness:
        """What the badness gains when the group changes sides."""
        step = -1 if self.inside[group] else 1
        missed, distance = 0, 0.0
        for label, count in self.cells[group]:
            n_groups, n_inside = len(self.members[label]), self.groups_inside[label]
            if n_groups > 1:
                missed += (n_inside + step in (0, n_groups)) - (n_inside in (0, n_groups))
            else:
                distance += step  # without a class to train on, validating it is worth nothing
            distance += self._moved(self.rows_inside[label], step * count, self.totals[label])
        moved = self._moved(self.n_inside, step * self.sizes[group], self.n_rows)
        return missed, distance + self.weight * moved

    def _moved(self, n_inside: int, change: int, total: int) -> float:
        before, after = n_inside / total - self.share, (n_inside + change) / total - self.share
        return after * after - before * before

    def _flip(self, group: int) -> None:
        step = -1 if self.inside[group] else 1
        self.inside[group] = not self.inside[group]
        self.n_inside += step * self.sizes[group]
        for label, count in self.cells[group]:
            self.groups_inside[label] += step
            self.rows_inside[label] += step * count

    def _become(self, inside: list[bool]) -> None:
        for group, wanted in enumerate(inside):
            if wanted != self.inside[group]:
                self._flip(group)

    def _is_missing(self, label: int) -> bool:
        n_groups = len(self.members[label])
        return n_groups > 1 and self.groups_inside[label] in (0, n_groups)


def _cells(places: np.ndarray, labels: np.ndarray, n_groups: int) -> list[list[tuple[int, int]]]:
    """For each group, its classes with their number of rows."""
    cells: list[list[tuple[int, int]]] = [[] for _ in range(n_groups)]
    for group, label, count in _pairs(places, labels):
        cells[group].append((label, count))
    return cells


def _pairs(places: np.ndarray, labels: np.ndarray) -> Iterator[tuple[int, int, int]]:
    is_known = labels != UNLABELED
    width = int(labels.max(initial=0)) + 1
    keys = places[is_known].astype(np.int64) * width + labels[is_known]
    pairs, counts = np.unique(keys, return_counts=True)
    for key, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        yield key // width, key % width, count
