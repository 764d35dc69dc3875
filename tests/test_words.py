"""What somebody wrote, read as a whole number or not at all."""

import pytest

from labeler.words import FEW, installing, share_of, whole_number, whole_percent


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


@pytest.mark.parametrize(
    ("share", "n", "told"),
    [
        (1.0, 2, "2 of 2"),
        (0.0, 1, "0 of 1"),
        (2 / 3, 3, "2 of 3"),
        (0.612, 4, "61 %"),
        (1.0, FEW, "100.0 %"),
        (float("nan"), 0, "–"),
        (None, 3, "–"),
    ],
)
def test_a_share_of_few_is_a_count(share: float | None, n: int, told: str) -> None:
    assert share_of(share, n) == told


@pytest.mark.parametrize(
    ("share", "told"), [(0.719, "72 %"), (0.996, "99.6 %"), (1 - 1e-16, "100 %"), (1.0, "100 %")]
)
def test_all_is_said_of_all_alone_whatever_its_last_digit(share: float, told: str) -> None:
    assert whole_percent(share) == told


def test_a_sum_of_weights_that_misses_one_by_its_last_digits_is_all() -> None:
    assert whole_percent(sum([0.1] * 10)) == "100 %"
