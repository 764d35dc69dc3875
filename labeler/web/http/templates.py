"""What templates write figures and name images with."""

from datetime import datetime

from flask import Flask

from labeler import words
from labeler.web.http.context import workspace
from labeler.web.http.security import is_logged_in
from labeler.web.http.sprites import image_url, large_url, original_url, thumbs
from labeler.workflow.budgets import questions_of
from labeler.workflow.runs.given_labels import beside_questions


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
    if seconds < 90:
        return f"about {max(round(seconds), 1)} s"
    return f"about {int(seconds / 60 + 0.5)} min"  # halves go up, as in the pages' scripts


def last_part(path: str) -> str:
    """``/a/b`` → ``b``."""
    return path.rpartition("/")[2]


def add_template_helpers(app: Flask) -> None:
    """Let templates write figures and name images as every other part of Labeler does."""
    app.jinja_env.filters.update(
        percent=words.percent, share_of=words.share_of, count=words.count, counted=words.counted,
        share=words.share, reach=words.reach, stage_name=words.stage_name, ago=ago,
        duration=duration, printable=words.printable,
        last_part=last_part,
    )  # fmt: skip
    app.jinja_env.globals.update(logged_in=is_logged_in, thumbs=thumbs)
    app.jinja_env.globals.update(
        image_url=image_url, original_url=original_url, large_url=large_url
    )
    app.jinja_env.globals.update(questions_of=questions_of, beside_questions=beside_questions)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
