"""Arrays for a model: on its scale whatever is in them, or refused in a line."""

from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.registry import load_dataset
from labeler.datasets.resizing import Likeness
from labeler.exceptions import InputError
from tests.commands import run_here

VALUES = np.random.default_rng(0).integers(0, 13, (60, 8, 8))
VALUES[0, 0, 0] = 12
"""Of 0 to 16, of which no more than 12 is used."""


def read(path: Path, numbers: tuple[float, float]) -> tuple[np.ndarray, tuple[str, ...]]:
    dataset = load_dataset(str(path), like=Likeness((8, 8), None, numbers))
    return dataset.train.images, dataset.notes


@pytest.mark.parametrize("kind", ["npz", "csv"])
def test_a_range_of_its_own_is_read_on_the_scale_learned_from(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"new.{kind}"
    if kind == "npz":
        np.savez(path, images=VALUES.astype(float))
    else:
        names = ",".join(f"pixel{place}" for place in range(64))
        np.savetxt(path, VALUES.reshape(-1, 64), fmt="%d", delimiter=",", header=names, comments="")
    assert load_dataset(str(path)).train.images.max() == 255
    images, notes = read(path, (0, 16))
    np.testing.assert_allclose(images, VALUES * 255 / 16, atol=1)
    assert notes[-1] == "values of 0 to 12 read on the scale of 0 to 16 that the model learned from"
    with pytest.raises(InputError, match="values of 0 to 12; expected values of 0 to 8, as the"):
        read(path, (0, 8))


@pytest.mark.parametrize(("most", "numbers"), [(1, (0, 255)), (255, (0, 1)), (255, (0, 16))])
def test_scales_that_tell_themselves_are_kept_with_a_line(
    most: int, numbers: tuple[float, float], tmp_path: Path
) -> None:
    np.save(tmp_path / "new.npy", VALUES / 12 * most)
    images, notes = read(tmp_path / "new.npy", numbers)
    np.testing.assert_array_equal(images, np.rint(VALUES / 12 * 255))
    assert notes[-1].startswith(f"values of 0 to {most}, where the model learned from 0 to")


def test_a_model_knows_the_scale_that_it_learned_from(tmp_path: Path) -> None:
    digits = load_dataset("digits")
    np.savez(
        tmp_path / "d.npz",
        images=digits.train.images[:400] / 255 * 16,
        labels=digits.train.labels[:400],
    )
    here = {"LABELER_INSTANCE": str(tmp_path / "instance")}
    new = ("new", tmp_path / "d.npz", "--name", "d", "--labels", "20", "--features", "pixels")
    made = run_here(*new, "--preset", "classic", "--answerer", "oracle", **here)
    assert made.returncode == 0, made.stderr
    assert run_here("model", "d", "--output", tmp_path / "d.zip", **here).returncode == 0
    np.save(tmp_path / "new.npy", VALUES.astype(float))
    done = run_here("predict", tmp_path / "d.zip", tmp_path / "new.npy")
    assert done.returncode == 0, done.stderr
    assert "values of 0 to 12 read on the scale of 0 to 16 that the model learned" in done.stdout
    np.save(tmp_path / "new.npy", VALUES * 70.0)
    done = run_here("predict", tmp_path / "d.zip", tmp_path / "new.npy")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (
        "values of 0 to 840; expected values of 0 to 16, as the model learned from" in done.stderr
    )
