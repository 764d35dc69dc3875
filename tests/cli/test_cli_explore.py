"""``labeler explore``: what it prints, writes, keeps and refuses."""

import json
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from labeler.cli.explore import ClusterCounts, SplitOrder
from tests.commands import run_apart, run_here


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Colour images of two sizes without any class: 12 reddish, 12 bluish."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(24):
        side = 20 if i % 3 else 24
        pixels = rng.integers(0, 60, (side, side, 3), dtype=np.uint8)
        pixels[..., 0 if i < 12 else 2] += 180
        Image.fromarray(pixels).save(folder / f"{i:02}.png")
    return folder


def test_a_known_data_set_twice(tmp_path: Path) -> None:
    command = ("explore", "digits", "--k", "2..5", "--at", "4", "--split", "0:2")
    instance = str(tmp_path / "instance")
    first = run_here(*command, "--json", LABELER_INSTANCE=instance)
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert [row["k"] for row in told["indices"]] == [2, 3, 4, 5]
    assert [one["name"] for one in told["at"]["clusters"]] == ["0.0", "0.1", "1", "2", "3"]
    again = run_apart(*command, "--output", tmp_path, LABELER_INSTANCE=instance)
    assert again.returncode == 0, again.stderr
    assert "5 clusters at k = 4" in again.stdout
    assert json.loads((tmp_path / "indices.json").read_text(encoding="utf-8")) == told
    assert "labeler explore digits" in (tmp_path / "exploration.html").read_text(encoding="utf-8")


def test_a_folder_of_colour_images_without_classes(photos: Path, tmp_path: Path) -> None:
    instance = str(tmp_path / "instance")
    found = run_here("explore", photos, "--k", "2..4", "--at", "2", LABELER_INSTANCE=instance)
    assert found.returncode == 0, found.stderr
    assert "Silhouette: 2" in found.stdout
    assert "is for you to judge" in found.stdout
    assert "Purity" not in found.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--k", "2-9"], "'2-9' is not a k, a list 5,7,10 or a range 2..20"),
        (["--k", "9..2"], "is empty"),
        (["--k", "1..4"], "k is from 2 to 1,000"),
        (["--k", "2..5000"], "k is from 2 to 1,000"),
        (["--split", "a:2"], "'a:2' is not a cluster and a number of parts"),
        (["--split", "3:1"], "2 parts or more"),
        (["--k", "2..30"], "k is 30, and there are 24 images to cluster; it can be from 2 to 23"),
        (["--k", "2..3", "--at", "3", "--split", "7:2"], "There is no cluster '7'"),
    ],
)
def test_bad_wishes_get_one_line(
    photos: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    instance = str(tmp_path / "instance")
    refused = run_here("explore", photos, *arguments, LABELER_INSTANCE=instance)
    assert refused.returncode == 2
    *read, told = refused.stderr.splitlines()
    assert message in told
    assert all(line.startswith(("photos: 24 images", "features: ")) for line in read)
    assert refused.stdout == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", (7,)),
        ("10,5,7", (5, 7, 10)),
        ("2..5", (2, 3, 4, 5)),
        ("2..4,10..30:10", (2, 3, 4, 10, 20, 30)),
    ],
)
def test_ranges_of_k(text: str, expected: tuple[int, ...]) -> None:
    assert ClusterCounts().convert(text, None, None) == expected


@pytest.mark.parametrize(
    "text", ["", "..", "2..", "..5", "2..5:0", "2..5:-1", "2...5", "x", "2,,3"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        ClusterCounts().convert(text, None, None)


@pytest.mark.parametrize(("text", "expected"), [("3:4", ("3", 4)), ("3.1", ("3.1", None))])
def test_splits(text: str, expected: tuple[str, int | None]) -> None:
    assert SplitOrder().convert(text, None, None) == expected


@pytest.mark.parametrize("text", ["", ":", "3:", ":4", "3.:2", "²:2", "3:4:5", "3:" + "9" * 5000])
def test_what_is_no_split_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        SplitOrder().convert(text, None, None)
