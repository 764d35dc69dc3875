"""Numbers out of forms and addresses; a 400 that names the field where one is none."""

from flask import abort, request

from labeler import words


def form_int(name: str) -> int:
    """A whole number from the form, which no row's id or count exceeds."""
    return whole(request.form.get(name, ""), name)


def form_ints(name: str) -> list[int]:
    """Every whole number of that name in the form."""
    return [whole(text, name) for text in request.form.getlist(name)]


def form_float(name: str) -> float:
    """A number from the form."""
    return _real(request.form.get(name, ""), name)


def query_float(name: str, low: float, high: float) -> float | None:
    """A number from the address, within bounds; None where it is not given."""
    text = request.args.get(name, "")
    if not text:
        return None
    value = _real(text, name)
    if not low <= value <= high:
        abort(400, f"{name} is {text[:40]}; it must be from {low:g} to {high:g}.")
    return value


def whole(text: str, name: str, most_digits: int = 15) -> int:
    """What somebody gave as a whole number; a 400 that names it where it is none."""
    number = words.whole_number(text, most_digits)
    if number is None:
        abort(400, f"{name} is {text[:40]!r}; it must be a whole number.")
    return number


def _real(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        abort(400, f"{name} is {text[:40]!r}; it must be a number.")
