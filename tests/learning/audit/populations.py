"""Label sets by stratum, of known truth: sizes, right ones, and what their confidences claim.

``python -m tests.learning.audit.populations`` prints how intervals fare on each.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from labeler.learning.audit import try_out
from labeler.learning.audit.design import answer_shares
from labeler.records.label_quality import AuditTrial

SIZES = np.full(5, 11_980)
RIGHT = np.array([7_147, 9_783, 10_932, 11_640, 11_963])
"""Fashion-MNIST, preset best, 100 answers of an oracle, seed 0: fifths of the spread labels."""

CLAIMED = np.array([0.6894, 0.9305, 0.9874, 0.9982, 0.9998])


@dataclass(frozen=True, eq=False)
class Population:
    """``least`` is what its intervals have to reach."""

    right: np.ndarray
    sizes: np.ndarray = field(default_factory=lambda: SIZES)
    least: float = 0.935


def with_share_wrong(share: float) -> np.ndarray:
    """As many wrong ones, spread over the strata as those of the label set above."""
    wrong = SIZES - RIGHT
    return SIZES - np.round(wrong / wrong.sum() * share * SIZES.sum()).astype(np.int64)


def with_errors_among_the_surest() -> np.ndarray:
    right = SIZES.copy()
    right[-1] -= (SIZES - RIGHT).sum()
    return right


POPULATIONS = {
    "fashion-mnist": Population(RIGHT),
    "useless confidences": Population(np.full(5, round(RIGHT.sum() / 5))),
    "99 % right": Population(with_share_wrong(0.01)),
    "67 % right": Population(with_share_wrong(0.33)),
    "a small pool": Population(RIGHT * 280 // 11_980, sizes=np.full(5, 280)),
    "errors among the surest": Population(with_errors_among_the_surest(), least=0.93),
}


def tried(population: Population, n: int, repeats: int) -> AuditTrial:
    shares = answer_shares(population.sizes, CLAIMED)
    rng = np.random.default_rng(n)
    return try_out(population.sizes, population.right, shares, n, repeats, rng)


def rows(repeats: int) -> Iterator[str]:
    """A table in Markdown: half-width in points, and coverage in percent, of each population."""
    yield f"| {repeats:,} audits of | 50 | 100 | 200 | 400 | all checkpoints |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, population in POPULATIONS.items():
        trials = [tried(population, n, repeats) for n in (50, 100, 200, 400)]
        cells = [f"{100 * t.plain.half_width:.1f} ({100 * t.plain.coverage:.1f})" for t in trials]
        yield f"| {name} | {' | '.join(cells)} | {100 * trials[2].all_checkpoints:.1f} |"


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in rows(10_000))
