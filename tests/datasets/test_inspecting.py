"""What is said of a set without reading it is what reading it gives."""

from collections.abc import Callable
from pathlib import Path

import pytest

from labeler.datasets import contradictions, inspecting, load_dataset
from labeler.datasets.inspecting import inspect_dataset
from labeler.datasets.inspection import inspection_of
from labeler.exceptions import InputError


@pytest.fixture
def untidy(png: Callable[..., bytes]) -> dict[str, bytes]:
    """Two parts, a loose picture, a list, and a file that is no image."""
    names = [f"pets/{part}/{name}" for part in ("train", "val") for name in ("cat", "dog")]
    entries = {
        f"{name}/{n:02}.png": png(colour=20 * place + n)
        for place, name in enumerate(names)
        for n in range(20)
    }
    side = {"pets/preview.png": png(), "pets/README.md": b"", ".old/cat/1.png": png()}
    return entries | side | {"pets/train/cat/03.png": b"no image"}


@pytest.mark.parametrize("make", ["make_folder", "make_zip"])
def test_a_large_set_is_told_as_it_is_read(
    make: str,
    untidy: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    path = str(request.getfixturevalue(make)(untidy))
    whole = inspection_of(load_dataset(path)).as_dict(with_files=True)
    monkeypatch.setattr(inspecting, "DECODED_WHOLE", 10)
    monkeypatch.setattr(inspecting, "DECODED", 12)
    looked_at = inspect_dataset(path).as_dict(with_files=True)
    assert (
        "12 of 79 images were decoded, the others told by their first bytes" in looked_at["notes"]
    )
    differ = {key for key, value in whole.items() if looked_at[key] != value}
    assert differ == {"notes", "left_out"}
    assert [one["file"] for one in looked_at["left_out"]] == [
        one["file"] for one in whole["left_out"]
    ]


def test_one_content_in_two_classes_is_told_of_a_large_set_too(
    untidy: dict[str, bytes],
    make_folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspecting, "DECODED_WHOLE", 10)
    monkeypatch.setattr(inspecting, "DECODED", 4)
    same = {f"pets/train/dog/{n:02}.png": untidy[f"pets/train/cat/{n:02}.png"] for n in (5, 7)}
    path = str(make_folder(untidy | same))
    (warning,) = inspect_dataset(path).warnings
    assert warning.startswith(
        "2 images in several files of different classes, byte for byte, such as train/cat/05.png "
        "(cat) and train/dog/05.png (dog)"
    )
    monkeypatch.setattr(contradictions, "MOST_COMPARED", 2)
    one, rest = inspect_dataset(path).warnings
    assert one.startswith("1 image in several files of different classes")
    assert rest == (
        "4 files look the same in different classes, of which only the first 2 were compared"
    )


def test_a_large_set_of_bad_files_is_refused_too(
    untidy: dict[str, bytes],
    make_folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspecting, "DECODED_WHOLE", 10)
    folder = make_folder(untidy | {f"pets/train/dog/{n:02}.png": b"" for n in range(20)})
    with pytest.raises(
        InputError, match="9 of 28 images read so far .the set has 80. cannot be read"
    ):
        inspect_dataset(str(folder))


def test_strict_refuses_a_large_set_for_one_file(
    untidy: dict[str, bytes],
    make_folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspecting, "DECODED_WHOLE", 10)
    with pytest.raises(InputError, match=r"03\.png: content is text"):
        inspect_dataset(str(make_folder(untidy)), strict=True)
