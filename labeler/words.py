"""How figures and names are written, the same in the terminal, on the page and in the plots.

And how a whole number is read that somebody wrote.
"""

import math
import unicodedata
from typing import TYPE_CHECKING

from labeler.plugins import PROPAGATIONS

if TYPE_CHECKING:
    from labeler.records import Interval, Stage

NOTHING = "–"
WARNING = "warning: "
"""How a note begins that nobody should overlook."""

FEW = 20
"""A share of fewer things than these is told as a count."""

TOO_FEW_SEEDS = 2
"""An interval of two would be tens of points wide, whatever they say."""

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def installing(extra: str) -> str:
    """``photo`` → the command that installs what Labeler needs for it, quoted for every shell."""
    return f"pip install 'labeler[{extra}]'"


def percent(share: float | None, digits: int = 1) -> str:
    """``0.719`` → ``71.9 %``; a dash for what is not known."""
    if share is None or math.isnan(share):
        return NOTHING
    return f"{100 * share:.{digits}f} %"


def whole_percent(share: float | None) -> str:
    """``0.719`` → ``72 %``, but ``0.996`` → ``99.6 %``: all and none are said of nothing less."""
    # A sum of weighted shares may miss them by its last digits.
    if share is None or round(share, 12) in (0, 1):
        return percent(share, 0)
    digits = next((n for n in range(3) if 0 < round(100 * share, n) < 100), 3)
    return percent(share, digits)


def share_of(share: float | None, n: int, digits: int = 1) -> str:
    """A share of ``n`` things counted: ``2 of 2``, ``17 of 19``; ``71.9 %`` of 217.

    Of fewer than ``FEW`` a percentage would claim more than they can say. Where they are weighted,
    so that the share is none of whole things, it stands without decimals: ``61 %``.
    """
    if share is None or math.isnan(share) or n >= FEW:
        return percent(share, digits)
    whole = round(share * n)
    is_count = n > 0 and math.isclose(share * n, whole, abs_tol=1e-6)
    return f"{whole} of {n}" if is_count else percent(share, 0)


def interval(accuracy: "Interval") -> str:
    """``71.9 % ± 0.5``, the half-width in points; of two seeds both ends; of a single one none."""
    mean = percent(accuracy.mean)
    if accuracy.ci95 is None or math.isnan(accuracy.ci95):
        return mean
    if len(accuracy.per_seed) == TOO_FEW_SEEDS:
        low, high = (f"{100 * end:.1f}" for end in sorted(accuracy.per_seed))
        return f"{mean} ({low} to {high})"
    return f"{mean} ± {100 * accuracy.ci95:.1f}"


def interval_note(n_seeds: int) -> str:
    """What stands beside a mean over so many seeds; nothing beside a single one."""
    if n_seeds == TOO_FEW_SEEDS:
        return "In brackets: the two seeds, which are too few for an interval."
    if n_seeds > TOO_FEW_SEEDS:
        return "± is half of a 95 % confidence interval over the seeds, in points."
    return ""


def share(fraction: float) -> str:
    """A setting as it was given: ``0.2`` → ``20 %``, ``0.075`` → ``7.5 %``."""
    return f"{100 * fraction:.4g} %"


def count(number: float) -> str:
    """``60000`` → ``60,000``."""
    return f"{number:,.0f}"


def whole_number(text: str, most_digits: int) -> int | None:
    """Read ASCII digits and nothing else; None for any other text, and for too many of them.

    Parameters
    ----------
    text : str
        Of anybody: neither sign, space nor underscore is taken, nor digits of other scripts.
    most_digits : int
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= most_digits
    return int(text) if is_number else None


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """``1 seed``, ``5 seeds``."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def by_sides(image_shape: tuple[int, ...]) -> str:
    """``(48, 64)`` → ``64 × 48``: width before height, as everywhere for people."""
    return f"{image_shape[1]} × {image_shape[0]}"


def size(image_shape: tuple[int, ...]) -> str:
    """``(28, 28)`` → ``28 × 28 grey``."""
    return f"{by_sides(image_shape)} {'colour' if len(image_shape) > 2 else 'grey'}"


def seconds(duration: float) -> str:
    """Enough digits to compare, no more."""
    if not math.isfinite(duration):
        return NOTHING
    return f"{duration:,.{2 if duration < 1 else 1 if duration < 100 else 0}f}"


def reach(fraction: float | None, method: str | None) -> str:
    """How far answers are spread: ``to 20 %``, of each cluster; ``over the graph``."""
    plugin = PROPAGATIONS.get(method or "")
    if plugin is not None and not plugin.takes_fraction:
        return plugin.short
    return f"by {method}" if fraction is None else f"to {share(fraction)}"


def stage_name(stage: "Stage") -> str:
    """What people read a stage called, everywhere: ``spread to 20 %``."""
    if stage.stage == "supervised":
        return "all true labels"
    if stage.stage == "supervised-pixels":
        return "all true labels, pixels"
    if stage.stage == "answers":
        return "answers alone"
    if stage.stage == "combined":
        plugin = PROPAGATIONS.get(stage.method or "")
        return f"combined with {'neighbours' if plugin is None else plugin.beside}"
    if stage.stage == "reviewed":
        return f"{count(stage.n_reviewed or 0)} labels reviewed"
    if stage.stage == "propagated":
        return f"spread {reach(stage.fraction, stage.method)}"
    return stage.stage


def joined(items: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def is_storable(text: str) -> bool:
    """Whether both databases take the text: no NUL, no half character."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def printable(text: str) -> str:
    """``text`` on one line, without what could steer a terminal or turn a line around.

    White space becomes a space; control characters, half characters and marks that change the
    direction of what follows become U+FFFD. Everything else stays, whatever the script.
    """
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    steers = unicodedata.category(character) in ("Cc", "Cs") or character in _BIDI_CONTROLS
    return "\ufffd" if steers else character


def well_formed(text: str) -> str:
    """``text`` with half characters, which UTF-8 cannot hold, written out (``\\udc80``)."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
