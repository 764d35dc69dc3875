"""The widget's half in the kernel: what the front end sends, and what becomes of it."""

import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from labeler import FewLabels, LabelWidget, create_run, open_run
from labeler.exceptions import ConfigError

N_LABELS = 20


@pytest.fixture(scope="module")
def digits() -> Any:
    return load_digits()


@pytest.fixture
def few(digits: Any) -> FewLabels:
    few = FewLabels(N_LABELS, features="pixels")
    return few.begin(digits.images[:300], classes=range(10))


class Person:
    """Who sits before a widget: sees its state, and sends what its front end would."""

    def __init__(self, widget: LabelWidget) -> None:
        self.front, self.number = widget.widget, 0
        self.pictures: dict[int, bytes] = {}
        self.front.send = self._receive

    @property
    def state(self) -> Any:
        return self.front.state

    def says(self, kind: str, **message: Any) -> Any:
        self.number += 1
        said = {"kind": kind, "view": "one", "number": self.number, **message}
        self.front._handle_custom_msg(said, [])
        return self.state

    def _receive(self, message: Any) -> None:
        head, _, picture = message["source"].partition(",")
        assert head == "data:image/png;base64"
        self.pictures[message["row"]] = b64decode(picture)


def test_all_that_is_asked_about_is_named_and_two_answers_taken_back(
    few: FewLabels, digits: Any
) -> None:
    widget = LabelWidget(few)
    person = Person(widget)
    first, second, third = person.state["open"][:3]
    person.says("look", rows=[first])
    assert person.pictures[first].startswith(b"\x89PNG")
    person.says("answer", row=first, value=3)
    person.says("answer", row=second, value=None)
    state = person.says("answer", row=second, value=5)  # of a view that came too late
    assert state["history"] == [[first, 3], [second, None]]
    assert (state["done"], state["heard"]) == (2, {"one": person.number})
    assert widget.answers == {first: 3, second: None}
    person.says("undo")
    person.says("undo")
    state = person.says("undo")
    assert (state["open"][:3], state["done"], widget.answers) == ([first, second, third], 0, {})
    while person.state["open"]:
        row = person.state["open"][0]
        person.says("answer", row=row, value=int(digits.target[row]))
    assert (person.state["finished"], person.state["done"]) == (True, N_LABELS)
    asked = few.queried_
    np.testing.assert_array_equal(few.labels_[asked], digits.target[asked])
    told = FewLabels(N_LABELS, features="pixels").fit(digits.images[:300], digits.target[:300])
    np.testing.assert_array_equal(few.labels_, told.labels_)


def test_answers_of_a_run_are_kept_as_they_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    instance = tmp_path / "instance"
    run = create_run("digits", "mine", n_labels=N_LABELS, features="pixels", instance=instance)
    widget = LabelWidget(run, classes=["9", "blot"], annotator="eva")
    person = Person(widget)
    assert person.state["classes"] == [*map(str, range(10)), "blot"]
    first = person.state["open"][0]
    person.says("answer", row=first, value=10)
    (kept,) = open_run("mine", instance).answers
    assert (kept.class_name, kept.annotator) == ("blot", "eva")
    person.says("undo")
    assert not open_run("mine", instance).answers
    person.says("answer", row=person.state["open"][0], value=None)
    while person.state["open"]:
        row = person.state["open"][0]
        person.says("answer", row=row, value=int(run.true_labels[row]))
    assert person.state["note"] == ""
    said = f"<label widget: {N_LABELS} of {N_LABELS} images named>"
    assert widget._repr_mimebundle_()[0]["text/plain"] == said
    kept_all = open_run("mine", instance)
    assert len(kept_all.answers) == N_LABELS
    assert not len(kept_all.questions)
    assert [answer.verdict for answer in kept_all.answers].count("skip") == 1


def test_what_cannot_be_asked_is_refused_in_words(
    few: FewLabels, digits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match=r"call begin\(images\) first"):
        LabelWidget(FewLabels())
    with pytest.raises(ConfigError, match=r"classes=\['cat', 'dog'\]"):
        LabelWidget(FewLabels(10, features="pixels").begin(digits.images[:100]))
    with pytest.raises(ConfigError, match="A list cannot be asked"):
        LabelWidget([])
    person = Person(LabelWidget(few, classes=[0, 17]))
    state = person.says("answer", row=person.state["open"][0], value=1)
    assert "17 is none of the classes" in state["note"]
    assert state["done"] == 0
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ConfigError, match=r"pip install 'labeler\[notebook\]'"):
        LabelWidget(few)
