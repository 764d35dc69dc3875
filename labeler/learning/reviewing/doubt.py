"""How doubtful a page is: pages ask for it, too, and import no more than this."""

MANY_WRONG = 1 / 3
"""Share of a page that is wrong from where naming images one by one is faster than marking."""

UNDERSTATED = 4 / 3
"""Confidences promise too much: on Fashion-MNIST, 32 in 100 are wrong where they lack 0.21, and 49
where they lack 0.42."""


def share_wrong(doubt: float) -> float:
    """How much of a page is wrong, by what its confidences lack, where nothing else is known."""
    return min(1.0, UNDERSTATED * doubt)
