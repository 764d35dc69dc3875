"""New run: choose images, classes and who answers; everything has a default."""

from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from labeler.config import DEFAULT_LABELS, DEFAULT_PRESET, PRESET_HINTS, default_labels
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.datasets.inspection import Inspection
from labeler.datasets.text.file_kinds import LIST_ENDINGS, READABLE
from labeler.exceptions import ConfigError, InputError, LabelerError
from labeler.plugins import CLASSIFIERS, PLANS
from labeler.storage.rows import Job
from labeler.web.api.names import safe_features
from labeler.web.http.body_limit import largest_upload
from labeler.web.http.context import web, workspace
from labeler.web.http.data_roots import roots
from labeler.web.http.errors import status_of
from labeler.web.http.uploads import kept_if_used
from labeler.web.screens.begin.correction_form import ROLES, said_words, says_of_folders
from labeler.web.screens.begin.own_images import KINDS, chosen_look
from labeler.web.screens.jobs import job_url
from labeler.web.screens.way import SECONDS_A_QUESTION
from labeler.words import whole_number
from labeler.workflow import datasets, runs
from labeler.workflow.baskets import UPLOAD, list_baskets
from labeler.workflow.chosen_features import offered_features
from labeler.workflow.looks import look_beside_datasets
from labeler.workflow.runs import NewRun

blueprint = Blueprint("new_run", __name__)

MOST_PARTS = 1_100
"""Of a form: pictures that a page without scripts sends at once, and the fields beside them."""

FEW = 400
"""Pictures at most of which it is said how long naming them all would take."""


@blueprint.get("/runs/new")
def show() -> ResponseReturnValue:
    """The form, filled in with what fits most, and with what was seen of the images."""
    return page(request.args)


@blueprint.post("/runs/new")
def create() -> ResponseReturnValue:
    """Begin the run and go to its job; a mistake brings the form back as it was filled in."""
    allow_uploads()
    try:
        job = _begin()
    except LabelerError as error:
        return refused(error)
    return redirect(job_url(job), 303)


def allow_uploads() -> None:
    """Take as large a body as any form has, and as many files as a page without scripts sends."""
    request.max_content_length = largest_upload(web())
    request.max_form_parts = MOST_PARTS


def refused(error: LabelerError) -> ResponseReturnValue:
    """The form as it was filled in, with the reason."""
    flash(str(error), "error")
    return page(request.form), status_of(error)[0]


def _begin() -> Job:
    kind, _, value = request.form.get("dataset", "").partition(":")
    if not kind:
        raise ConfigError("Choose the images first: a known data set, a file or a folder.")
    if kind in KINDS:
        return _begin_own(kind, value)
    if kind == "dataset":
        dataset = datasets.get_dataset(workspace(), _number("dataset", value))
        return runs.start_run(workspace(), _new_run(dataset.name, dataset_id=dataset.id))
    return runs.start_run(workspace(), _new_run(value, source=_known(value)))


def _begin_own(kind: str, value: str) -> Job:
    """An uploaded file is kept only if its import will be tried."""
    _new_run("checked", source="checked")
    look = chosen_look(kind, value)
    waiting = Path(look.source)
    with kept_if_used(waiting if kind == UPLOAD else None):
        new = _new_run(Path(look.filename).stem, source=look.source, corrections=look.corrections)
        if look.kind == "path":
            return runs.start_run(workspace(), new)
        return runs.start_upload(workspace(), waiting, look.filename, new, look.kind)


def page(fields: Any) -> str:
    """The form with these fields filled in."""
    look_id = _look_id(fields)
    look, seen, imported = look_beside_datasets(workspace(), look_id)
    given = {"dataset": f"look:{look_id}", **look.settings, **_plain(fields)} if look else fields
    n_pool = _n_to_label(seen.inspection) if seen else 0
    return render_template(
        "new_run.html",
        given=given,
        look=look,
        look_id=look_id,
        seen=seen,
        said=said_words(look.corrections) if look else (),
        is_said_of_folders=says_of_folders(given),
        roles=ROLES,
        known=datasets.list_known(),
        imported=[row for row in imported if row.kind != "known"],
        baskets=list_baskets(workspace()),
        has_roots=bool(roots()),
        endings=",".join((*READABLE, ".idx3-ubyte")),
        list_endings=",".join(LIST_ENDINGS),
        preset_hints=PRESET_HINTS,
        default_preset=DEFAULT_PRESET,
        default_labels=default_labels,
        default_labels_words=DEFAULT_LABELS,
        n_pool=n_pool,
        proposed=default_labels("", n_pool),
        seconds=SECONDS_A_QUESTION,
        few=FEW,
        features=offered_features(),
        strategies=PLANS,
        classifiers=CLASSIFIERS.values(),
        most_bytes=web().settings.max_upload_bytes,
    )


def _n_to_label(found: Inspection) -> int:
    """Images that stay to be labeled once a part is held out to test on."""
    n_known = found.n_pool - found.n_unlabeled
    return found.n_pool if found.n_test else found.n_pool - max(0, n_known) // 5


def _look_id(fields: Any) -> int | None:
    """The look that the address or the form speaks of."""
    kind, _, value = fields.get("dataset", "").partition(":")
    return whole_number(fields.get("look", "") or (value if kind == "look" else ""), 15)


def _plain(fields: Any) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _known(name: str) -> str:
    """A known name; anything else could be a path."""
    if name not in {known.name for known in datasets.list_known()}:
        raise InputError(
            "RUN-2",
            "data set",
            found=repr(name[:40]),
            expected="the name of a known data set",
            remedy="Choose one of those shown.",
        )
    return name


def _new_run(
    default_name: str,
    *,
    source: str | None = None,
    dataset_id: int | None = None,
    corrections: Corrections = AS_FOUND,
) -> NewRun:
    name = request.form.get("name", "").strip()
    return NewRun(
        name=name or default_name,
        is_default_name=not name,
        source=source,
        dataset_id=dataset_id,
        corrections=corrections,
        preset=request.form.get("preset") or DEFAULT_PRESET,
        budget=_optional_number("budget"),
        classes=_classes(),
        answerer="oracle" if request.form.get("answerer") == "oracle" else "human",
        error_rate=_share("error_rate"),
        seed=_optional_number("seed") or 0,
        classifier=request.form.get("classifier") or "logistic",
        use_labels="use_labels" in request.form,
        features=safe_features(request.form.get("features") or None),
        strategy=request.form.get("strategy") or None,
    )


def _classes() -> tuple[str, ...] | None:
    lines = request.form.get("classes", "").splitlines()
    return tuple(line.strip() for line in lines if line.strip()) or None


def _number(field: str, text: str) -> int:
    number = whole_number(text, 9)
    if number is None:
        raise InputError(
            "RUN-1",
            field,
            found=repr(text[:40]),
            expected="a whole number",
            remedy="Write digits only, or leave the field empty.",
        )
    return number


def _optional_number(field: str) -> int | None:
    text = request.form.get(field, "").strip()
    return _number(field, text) if text else None


def _share(field: str) -> float:
    """Per cent in the form, a share inside."""
    text = request.form.get(field, "").strip()
    try:
        return float(text or 0) / 100
    except ValueError:
        raise InputError(
            "RUN-1",
            field,
            found=repr(text[:40]),
            expected="a number from 0 to 100",
            remedy="Write the per cent of answers that are to be wrong.",
        ) from None
