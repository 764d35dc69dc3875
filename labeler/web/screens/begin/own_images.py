"""The user's own images as the form for a new run names them: a path, a file, or a basket."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from flask import request
from werkzeug.datastructures import FileStorage

from labeler.exceptions import ConfigError, InputError
from labeler.storage.errors import NotFoundError
from labeler.web.http.context import web, workspace
from labeler.web.http.data_roots import allowed_path
from labeler.web.http.uploads import EXPECTED, chosen_file, shown_name, stage
from labeler.web.screens.begin.correction_form import read_corrections
from labeler.words import whole_number
from labeler.workflow import baskets
from labeler.workflow.looks import Look, get_look

KINDS = ("path", "upload", "basket", "look")

_SETTINGS = (
    "name", "budget", "preset", "features", "strategy", "classifier", "classes", "answerer",
    "error_rate", "seed", "use_labels",
)  # fmt: skip
_CHUNK = 1 << 16


def chosen_look(kind: str, value: str) -> Look:
    """What the form says is to be looked at or read; an upload waits among the uploads by then.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    value : str
        What the choice has behind it.

    Raises
    ------
    LabelerError
        It cannot be had.
    """
    choose = {"path": _path, "upload": _upload, "basket": _basket, "look": _again}[kind]
    said = read_corrections(request.form)
    settings = {name: request.form[name] for name in _SETTINGS if request.form.get(name)}
    return replace(choose(value), settings=settings, corrections=said)


def _path(_: str) -> Look:
    path = allowed_path(request.form.get("path", "").strip())
    return Look(str(path), "path", path.name)


def _upload(_: str) -> Look:
    upload = chosen_file(EXPECTED, "Choose a file, or one of the data sets beside it.")
    staged = stage(workspace().uploads, upload)
    return Look(str(staged), baskets.UPLOAD, shown_name(upload))


def _basket(basket_id: str) -> Look:
    """The basket that the page filled, with what was sent along where it could not."""
    ws = workspace()
    sent = [file for file in request.files.getlist("pictures") if file.filename]
    if not basket_id:
        basket_id = request.form.get("basket", "")
    if not basket_id and not sent:
        raise ConfigError("Choose pictures or a folder first.")
    basket = baskets.get_basket(ws, basket_id) if basket_id else baskets.new_basket(ws)
    for file in sent:
        _put(basket.id, file)
    basket = baskets.get_basket(ws, basket.id)
    return Look(str(baskets.basket_folder(ws, basket.id)), baskets.BASKET, basket.name)


def _put(basket_id: str, file: FileStorage) -> None:
    """Keep one file; what a system left in a folder is passed over."""
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    most = web().settings.max_upload_bytes
    name = (file.filename or "").replace("\\", "/")
    if not baskets.is_left_by_a_system(name):
        baskets.put_file(workspace(), basket_id, name, size, _chunks(file), most)


def _chunks(file: FileStorage) -> Iterator[bytes]:
    while chunk := file.stream.read(_CHUNK):
        yield chunk


def _again(value: str) -> Look:
    """What was looked at before, if it still is there and may still be read."""
    number = whole_number(value, 15)
    if number is None:
        raise NotFoundError("These images were not looked at.")
    look, _ = get_look(workspace(), number)
    if look.kind == "path":
        return replace(look, source=str(allowed_path(look.source)))
    if not Path(look.source).exists():
        raise InputError(
            "UP-1",
            look.filename,
            found="it is not kept any more",
            expected="an upload that was not read yet",
            remedy="Upload it again.",
        )
    return look
