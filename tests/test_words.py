"""What somebody wrote, read as a whole number or not at all."""

import pytest

from labeler.words import installing, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("17", 17), ("007", 7), ("9999", 9999)])
def test_digits_are_a_whole_number(text: str, number: int) -> None:
    assert whole_number(text, 4) == number


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "-1", "+1", "1.0", "1_0", "1e3", "0x1", "٣", "²", "10000", "1\n"]
)
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text, 4) is None


def test_what_is_to_be_installed_is_quoted_for_every_shell() -> None:
    assert installing("photo") == "pip install 'labeler[photo]'"
