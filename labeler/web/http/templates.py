"""What several screens share: words in templates, sprites, form fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, abort, request, url_for

from labeler import words
from labeler.storage.rows import Dataset
from labeler.web.http.context import workspace
from labeler.web.http.security import is_logged_in
from labeler.workflow.budgets import questions_of
from labeler.workflow.runs.given_labels import beside_questions

SPRITE_IMAGES = 100


@dataclass(frozen=True)
class Thumb:
    """One image inside a sprite: a row of images sent as one file.

    Attributes
    ----------
    image : int
    url : str
        Of the sprite.
    x : int
        Where the image begins in it.
    width, height : int
        Of the image.
    total : int
        Width of the sprite.
    """

    image: int
    url: str
    x: int
    width: int
    height: int
    total: int


def thumbs(dataset: Dataset, images: Sequence[int]) -> list[Thumb]:
    """Draw ``images`` with few requests: a hundred of them come as one file."""
    height, width = dataset.details["image_shape"][:2]
    drawn = []
    for start in range(0, len(images), SPRITE_IMAGES):
        part = images[start : start + SPRITE_IMAGES]
        url = sprite_url(dataset, part)
        drawn += [
            Thumb(image, url, place * width, width, height, len(part) * width)
            for place, image in enumerate(part)
        ]
    return drawn


def sprite_url(dataset: Dataset, images: Sequence[int]) -> str:
    """Where ``images`` are, side by side in one file."""
    listed = ",".join(map(str, images))
    return url_for("images.sprite", dataset_id=dataset.id, i=listed, v=version(dataset))


def image_url(dataset: Dataset, image: int) -> str:
    """Where one image is; the address changes with the data set's content."""
    return url_for("images.show", dataset_id=dataset.id, image=image, v=version(dataset))


def version(dataset: Dataset) -> str:
    return dataset.content_hash[:12]


def form_int(name: str) -> int:
    """A whole number from the form, which no row's id or count exceeds."""
    return whole(request.form.get(name, ""), name)


def form_ints(name: str) -> list[int]:
    """Every whole number of that name in the form."""
    return [whole(given, name) for given in request.form.getlist(name)]


def form_float(name: str) -> float:
    """A number from the form."""
    return _real(request.form.get(name, ""), name)


def query_float(name: str, low: float, high: float) -> float | None:
    """A number from the address, within bounds; None where it is not given."""
    given = request.args.get(name, "")
    if not given:
        return None
    value = _real(given, name)
    if not low <= value <= high:
        abort(400, f"{name} is {given[:40]}; it must be from {low:g} to {high:g}.")
    return value


def ago(moment: datetime) -> str:
    """``3 minutes ago``; a date where that is long past."""
    seconds = (workspace().clock() - moment).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{words.counted(int(seconds // size), unit)} ago"
    return "just now"


def duration(seconds: float | None) -> str:
    """``about 3 min``, for a time that is only estimated."""
    if seconds is None:
        return ""
    return f"about {round(seconds / 60)} min" if seconds >= 90 else f"about {round(seconds)} s"


def add_template_helpers(app: Flask) -> None:
    """Let templates write figures and name images as every other part of Labeler does."""
    app.jinja_env.filters.update(
        percent=words.percent, count=words.count, counted=words.counted,
        share=words.share, reach=words.reach, ago=ago, duration=duration, printable=words.printable,
    )  # fmt: skip
    app.jinja_env.globals.update(logged_in=is_logged_in, thumbs=thumbs, image_url=image_url)
    app.jinja_env.globals.update(questions_of=questions_of, beside_questions=beside_questions)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def whole(given: str, name: str, most_digits: int = 15) -> int:
    """What somebody gave as a whole number; a 400 that names it where it is none."""
    number = words.whole_number(given, most_digits)
    if number is None:
        abort(400, f"{name} is {given[:40]!r}; it must be a whole number.")
    return number


def _real(given: str, name: str) -> float:
    try:
        return float(given)
    except ValueError:
        abort(400, f"{name} is {given[:40]!r}; it must be a number.")
