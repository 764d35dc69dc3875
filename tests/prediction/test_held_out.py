"""Images that a run held out of its data set to test on are found again by its model."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from labeler.datasets import load_dataset
from labeler.datasets.corrections import Corrections
from labeler.datasets.splitting import with_test_part
from labeler.exceptions import ConfigError
from labeler.prediction.file import read_model, write_model
from labeler.prediction.held_out import held_out_by
from labeler.prediction.model import Model
from labeler.prediction.reading import read_pictures

SEED = 3


def written(path: Path, first: int = 0) -> Path:
    """Images with their classes, and no part to test on."""
    images = np.random.default_rng(0).integers(0, 256, (70, 9, 9), dtype=np.uint8)
    np.savez(
        path, images=images[first : first + 60], labels=np.array(list("abcd"))[np.arange(60) % 4]
    )
    return path


def test_images_that_were_held_out_are_found_again(model: Model, tmp_path: Path) -> None:
    file = written(tmp_path / "some.npz")
    parted = with_test_part(load_dataset(str(file), like=model.like), SEED)
    assert parted.test is not None
    about = msgspec.structs.replace(model.about, held_out=held_out_by(SEED, parted.test))
    write_model(replace(model, about=about), tmp_path / "model.zip")
    tested = read_model(tmp_path / "model.zip")
    test, pool = (read_pictures(str(file), tested, part) for part in ("test", "pool"))
    assert test.indices.tolist() == parted.test.positions.tolist()
    assert test.true_labels.tolist() == (parted.test.positions % 4).tolist()
    assert sorted([*test.indices, *pool.indices]) == list(range(60))
    assert len(read_pictures(str(file), tested)) == 60

    as_said = Corrections(ignore=("b",))
    left = read_pictures(str(file), tested, corrections=as_said)
    assert left.indices.tolist() == list(range(45))

    others = str(written(tmp_path / "others.npz", first=10))
    assert len(read_pictures(others, tested, "pool")) == 60
    for one, at in ((tested, others), (model, str(file))):
        with pytest.raises(ConfigError, match="no images in its part 'test', and is not, as it is"):
            read_pictures(at, one, "test")
