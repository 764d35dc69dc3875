"""Tasks of Label Studio in, predictions out."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Semaphore
from typing import Any

from labeler.datasets.base import Split
from labeler.exceptions import TooBusyError
from labeler.formats.markup import xml_names
from labeler.prediction.model import Model
from labeler.prediction.reading import read_or_refuse
from labeler.web.label_studio.choices import ImageChoices
from labeler.web.label_studio.pictures import PictureError, Sources

AT_ONCE = 64
"""Pictures that are kept at once, as files that are gone when they are named."""

SECONDS = 90.0
"""For all tasks of a request: Label Studio waits 100 seconds, then it forgets them all."""

ASKING = 2
"""Requests that are looked at side by side; the others wait."""


@dataclass
class Naming:
    """A model that names the pictures of tasks; its methods may be called from any thread.

    Attributes
    ----------
    model : Model
    sources : Sources
    """

    model: Model
    sources: Sources
    _asking: Semaphore = field(default_factory=lambda: Semaphore(ASKING))
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        others: dict[int, list[str]] = {}
        for name, label in (self.model.known_as or {}).items():
            others.setdefault(label, []).append(name)
        classes = self.model.classes
        self._names = [
            (name, written, *others.get(label, ()))
            for label, (name, written) in enumerate(zip(classes, xml_names(classes), strict=True))
        ]

    @property
    def version(self) -> str:
        """What predictions are told to come from: the run, and the labels that it learned from."""
        about = self.model.about
        return f"{about.name or 'labeler'}-{about.label_set[:12] or 'unknown'}"[:128]

    def unknown_classes(self, choices: ImageChoices) -> list[str]:
        """Classes of the model that are none of the choices."""
        return [names[0] for names in self._names if choices.value_of(names) is None]

    def predictions(
        self, tasks: Sequence[Mapping[str, Any]], choices: ImageChoices
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """A prediction for each task, and what could not be named, in words.

        Raises
        ------
        TooBusyError
        """
        until = time.monotonic() + SECONDS
        results: list[dict[str, Any]] = []
        problems: list[str] = []
        with self._a_place():
            for start in range(0, len(tasks), AT_ONCE):
                for task, said in self._named(tasks[start : start + AT_ONCE], choices, until):
                    if isinstance(said, str):
                        problems.append(f"Task {task.get('id', '?')}: {said}")
                        said = {"result": [], "score": 0.0}
                    results.append({**said, "model_version": self.version})
        return results, problems

    @contextmanager
    def _a_place(self) -> Iterator[None]:
        if not self._asking.acquire(timeout=SECONDS):
            raise TooBusyError("Labeler is naming the pictures of others; ask again.")
        try:
            yield
        finally:
            self._asking.release()

    def _named(
        self, tasks: Sequence[Mapping[str, Any]], choices: ImageChoices, until: float
    ) -> Iterator[tuple[Mapping[str, Any], dict[str, Any] | str]]:
        """Each task with its prediction, or with what is wrong."""
        said: dict[str, dict[str, Any] | str] = {}
        with TemporaryDirectory(prefix="labeler-pictures-") as folder:
            for place, task in enumerate(tasks):
                problem = self._kept(task, choices, Path(folder, _file(place)), until)
                if problem:
                    said[_file(place)] = problem
            kept = [_file(place) for place in range(len(tasks)) if _file(place) not in said]
            if kept:
                for part in read_or_refuse(Path(folder), kept, self.model.like):
                    said |= self._said(part, choices) if isinstance(part, Split) else part
        for place, task in enumerate(tasks):
            yield task, said[_file(place)]

    def _kept(
        self, task: Mapping[str, Any], choices: ImageChoices, path: Path, until: float
    ) -> str:
        """What is wrong with a task's picture; nothing where it lies in its file now."""
        if time.monotonic() > until:
            return "There was no time left for it; ask for fewer tasks at once."
        data = task.get("data")
        try:
            address = data.get(choices.key) if isinstance(data, Mapping) else None
            path.write_bytes(self.sources.read(address))
        except PictureError as error:
            return str(error)
        return ""

    def _said(self, part: Split, choices: ImageChoices) -> dict[str, dict[str, Any] | str]:
        with self._lock:
            predictions = self.model.predict(part)
        said: dict[str, dict[str, Any] | str] = {}
        for place, name in enumerate(part.names or ()):
            label = int(predictions.labels[place])
            value = choices.value_of(self._names[label])
            score = float(predictions.confidences[place])
            said[name] = (
                f"The project has no choice {self._names[label][0]!r}."
                if value is None
                else {
                    "result": [
                        {
                            "from_name": choices.from_name,
                            "to_name": choices.to_name,
                            "type": "choices",
                            "value": {"choices": [value]},
                            "score": score,
                        }
                    ],
                    "score": score,
                    "unfamiliar": bool(predictions.unfamiliar[place]),
                }
            )
        return said


def _file(place: int) -> str:
    return f"{place:04}.png"
