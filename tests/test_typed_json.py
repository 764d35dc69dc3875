"""JSON by declaration: what a shape takes from records, and what is written."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from labeler.typed_json import Moment, Shape, json_text


class Fruit(StrEnum):
    APPLE = "apple"


class Basket(Shape):
    name: str
    fruit: Fruit
    filled_at: Moment


@dataclass(frozen=True)
class Shelf:
    name: str = "shelf"
    fruit: Fruit = Fruit.APPLE
    secret: str = "not for others"


FILLED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_field_comes_from_what_is_given_or_from_the_first_record_that_has_it() -> None:
    found = Basket.of(Shelf(), Shelf("other"), filled_at=FILLED_AT)
    assert found == Basket(name="shelf", fruit=Fruit.APPLE, filled_at=FILLED_AT)
    assert Basket.of(Shelf(), filled_at=FILLED_AT, name="mine").name == "mine"


def test_a_field_that_no_record_has_is_a_defect() -> None:
    with pytest.raises(AttributeError, match="Basket.*filled_at"):
        Basket.of(Shelf())


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Basket.of(Shelf(), filled_at=FILLED_AT),
         {"name": "shelf", "fruit": "apple", "filled_at": "2026-01-02T03:04:05+00:00"}),
        ({"shelf": Shelf()},
         {"shelf": {"name": "shelf", "fruit": "apple", "secret": "not for others"}}),
        ((MappingProxyType({"b": 1, "a": 2}), np.float64(0.1)), [{"b": 1, "a": 2}, 0.1]),
        ("\ud800 \0 é", "\ud800 \0 é"),
    ],
)  # fmt: skip
def test_shapes_records_and_plain_values_are_written(value: Any, plain: Any) -> None:
    assert json.loads(json_text(value)) == plain
    assert list(json.loads(json_text({"z": 1, "a": 2}))) == ["z", "a"]


def test_what_has_no_place_in_json_is_a_defect() -> None:
    with pytest.raises(TypeError, match="ndarray has no place in JSON"):
        json_text({"values": np.zeros(2)})
