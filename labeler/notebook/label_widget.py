"""Images named inside a notebook: one at a time, by a key or a button."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labeler.exceptions import ConfigError, LabelerError
from labeler.imaging.thumbnails import png
from labeler.notebook.naming import naming_of

_STATIC = Path(__file__).parent / "static"
_LARGEST = 512
_TOLD = 64
"""Open images, and answers that can be taken back, that the front end hears of at once."""

_VIEWS = 8


class LabelWidget:
    """Names images in Jupyter: shows one, takes a key, shows the next.

    Keys 1 to 9 and 0 are the first ten classes, letters those after them, but a class that is
    called by a digit or a letter has that key. Space skips an image, Backspace takes the last
    answer back, as often as wanted. Every answer goes to ``source`` at once. While the kernel is
    busy, images that are there already can be named on; their answers arrive when it is free.

    A cell ends before anybody has answered, so a widget is no ``oracle`` for ``FewLabels.fit``:
    call ``begin``, show the widget, and go on in the next cell when it says that all is named.

    Parameters
    ----------
    source : FewLabels or OpenRun
        After ``begin``; or what ``open_run`` and ``create_run`` give.
    classes : sequence of str or int, optional
        In the order of the keys. By default those that the source knows; a run has those added
        that it lacks.
    annotator : str, default="python"
        Whose answers they are, in a run.

    Attributes
    ----------
    answers : dict
        The class that was given here to each row; None where it was skipped.
    n_done, n_total : int
        Questions that are answered, and that there will be in all.
    widget : anywidget.AnyWidget
        To put beside others with ipywidgets.

    Raises
    ------
    ConfigError
        anywidget is not installed, no class is known, or the source cannot be asked.

    Examples
    --------
    >>> from labeler import FewLabels, LabelWidget
    >>> few = FewLabels(n_labels=100).begin(images, classes=["cat", "dog"])  # doctest: +SKIP
    >>> LabelWidget(few)  # doctest: +SKIP
    >>> few.labels_  # in the next cell, when all is named  # doctest: +SKIP
    """

    def __init__(
        self, source: Any, classes: Sequence[Any] | None = None, *, annotator: str = "python"
    ) -> None:
        self.widget = _front_end()
        self.source = source
        self.answers: dict[int, Any] = {}
        self._naming = naming_of(source, classes, annotator)
        self._heard: dict[str, int] = {}
        self._history: list[int] = []
        self.n_done = self.n_total = 0
        self._open: list[int] = []
        self._tell()
        self.widget.on_msg(lambda _, content, __: self._hear(content))

    def __repr__(self) -> str:
        return f"<label widget: {self.n_done} of {self.n_total} images named>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, *more = self.widget._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self)}, *more

    def _hear(self, content: Mapping[str, Any]) -> None:
        """Take a message of the front end."""
        if content["kind"] == "look":
            self._show([int(row) for row in content["rows"]])
            return
        note = ""
        try:
            self._take(content)
        except (LabelerError, ValueError) as error:
            note = str(error)
        self._heard[content["view"]] = content["number"]
        while len(self._heard) > _VIEWS:
            del self._heard[next(iter(self._heard))]
        self._tell(note)

    def _take(self, content: Mapping[str, Any]) -> None:
        if content["kind"] == "answer":
            row, place = int(content["row"]), content["value"]
            if row in self._open:  # else another view of it was faster
                value = None if place is None else self._naming.classes[place]
                self._naming.answer(row, value)
                self.answers[row] = value
                self._history.append(row)
        elif self._history:
            self._naming.take_back(self._history[-1])
            del self.answers[self._history.pop()]

    def _show(self, rows: Sequence[int]) -> None:
        """Send pictures; each is asked for once."""
        for row in rows:
            picture = b64encode(png(self._naming.image(row), largest=_LARGEST)).decode()
            source = f"data:image/png;base64,{picture}"
            self.widget.send({"kind": "picture", "row": row, "source": source})

    def _tell(self, note: str = "") -> None:
        """Have the front end know how things stand; one message, so that it is never half so."""
        try:
            self._open, self.n_done, self.n_total = self._naming.open()
        except (LabelerError, ValueError) as error:
            note = note or str(error)
        recent = self._history[-_TOLD:]
        places = {value: place for place, value in enumerate(self._naming.classes)}
        self.widget.state = {
            "classes": [str(name) for name in self._naming.classes],
            "open": self._open[:_TOLD],
            "history": [[row, places.get(self.answers[row])] for row in recent],
            "done": self.n_done,
            "total": self.n_total,
            "finished": not self._open,
            "heard": dict(self._heard),
            "note": note,
        }


def _front_end() -> Any:
    try:
        import anywidget
        import traitlets
    except ModuleNotFoundError as error:
        raise ConfigError("A widget needs anywidget: pip install 'labeler[notebook]'.") from error

    class LabelFrontEnd(anywidget.AnyWidget):
        _esm = _STATIC / "label_widget.js"
        _css = _STATIC / "label_widget.css"
        state = traitlets.Dict().tag(sync=True)

    return LabelFrontEnd()
