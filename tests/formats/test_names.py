"""Names that every system takes, whatever somebody called a class or a file."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.formats.names import LONGEST, folder_names, lines, numbered_names, safe_name
from tests.formats.conftest import HOSTILE, label_rows, texts

RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}


@given(texts)
def test_a_safe_name_is_one_plain_name_on_every_system(text: str) -> None:
    name = safe_name(text)
    assert 0 < len(name.encode("utf-8")) <= LONGEST + 1
    assert not set(name) & set('/\\:*?"<>|\0')
    assert not any(unicodedata.category(one)[0] == "C" or one in "\u2028\u2029" for one in name)
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert name.split(".")[0].casefold() not in RESERVED
    assert safe_name(name) == name


@given(st.lists(texts, max_size=30))
def test_folders_differ_even_where_case_and_accents_are_not_told_apart(classes: list[str]) -> None:
    folders = folder_names([*classes, "A", "a", "folders.txt", "Manifest.json"])
    folded = {unicodedata.normalize("NFKC", one).casefold() for one in folders}
    assert len(folded) == len(classes) + 4
    assert not folded & {"folders.txt", "manifest.json"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("T-shirt/top", "T-shirt_top"),
        ("..", "_"),
        ("__init__", "_init__"),
        (".hidden.", "_hidden_"),
        ("nul.txt", "_nul.txt"),
        ("größe 👟", "größe 👟"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("   ", "unnamed"),
        ("ü" * 60, "ü" * 40),
    ],
)
def test_letters_stay_and_what_could_lead_elsewhere_does_not(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(label_rows())
def test_every_image_has_a_name_of_its_own(rows: object) -> None:
    names = numbered_names(rows)  # type: ignore[arg-type]
    assert len(set(names)) == len(names) == len(rows)  # type: ignore[arg-type]
    assert all(name.endswith(".png") and safe_name(name) == name for name in names)


def test_a_list_has_as_many_lines_as_names() -> None:
    names = [one.encode("utf-8", "backslashreplace").decode() for one in HOSTILE]
    names.append("a\u2028b\x85c\x1dd")
    assert len(lines(names).decode().splitlines()) == len(names)
