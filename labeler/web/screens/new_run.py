"""New run: choose images, classes and who answers; everything has a default."""

from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from labeler.config import DEFAULT_LABELS, DEFAULT_PRESET, PRESET_HINTS
from labeler.exceptions import ConfigError, InputError, LabelerError
from labeler.plugins import CLASSIFIERS, FEATURES, PLANS
from labeler.storage.rows import Job
from labeler.web.api.names import safe_features
from labeler.web.http.body_limit import largest_upload
from labeler.web.http.context import web, workspace
from labeler.web.http.data_roots import allowed_path, places
from labeler.web.http.errors import status_of
from labeler.web.http.uploads import EXPECTED, chosen_file, shown_name, stage
from labeler.web.screens.jobs import job_url
from labeler.words import whole_number
from labeler.workflow import datasets, runs
from labeler.workflow.runs import NewRun

blueprint = Blueprint("new_run", __name__)


@blueprint.get("/runs/new")
def show() -> ResponseReturnValue:
    """The form, filled in with what fits most."""
    return _page(request.args)


@blueprint.post("/runs/new")
def create() -> ResponseReturnValue:
    """Begin the run and go to its job; a mistake brings the form back as it was filled in."""
    request.max_content_length = largest_upload(web())
    try:
        job = _begin()
    except LabelerError as error:
        flash(str(error), "error")
        return _page(request.form), status_of(error)[0]
    return redirect(job_url(job), 303)


def _begin() -> Job:
    kind, _, value = request.form.get("dataset", "").partition(":")
    if not kind:
        raise ConfigError("Choose the images first: a known data set, a file or a folder.")
    if kind == "upload":
        return _begin_upload()
    if kind == "dataset":
        dataset = datasets.get_dataset(workspace(), _number("dataset", value))
        return runs.start_run(workspace(), _new_run(dataset.name, dataset_id=dataset.id))
    source = (
        str(allowed_path(request.form.get("path", "").strip())) if kind == "path" else _known(value)
    )
    return runs.start_run(workspace(), _new_run(Path(source).name, source=source))


def _begin_upload() -> Job:
    """The file is kept only if its import will be tried."""
    upload = chosen_file(EXPECTED, "Choose a file, or one of the data sets beside it.")
    name = shown_name(upload)
    new = _new_run(Path(name).stem, source=name)
    staged = stage(workspace().uploads, upload)
    try:
        return runs.start_upload(workspace(), staged, name, new)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def _page(fields: Any) -> str:
    return render_template(
        "new_run.html",
        given=fields,
        known=datasets.list_known(),
        imported=[row for row in datasets.list_datasets(workspace()) if row.kind != "known"],
        places=places(),
        preset_hints=PRESET_HINTS,
        default_preset=DEFAULT_PRESET,
        default_labels=DEFAULT_LABELS,
        features=FEATURES.values(),
        strategies=PLANS,
        classifiers=CLASSIFIERS.values(),
        most_bytes=web().settings.max_upload_bytes,
    )


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
    default_name: str, *, source: str | None = None, dataset_id: int | None = None
) -> NewRun:
    return NewRun(
        name=request.form.get("name", "").strip() or default_name,
        source=source,
        dataset_id=dataset_id,
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
