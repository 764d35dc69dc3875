"""Networks look at originals, at each once, and at what is left where one is gone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.datasets import Dataset, load_dataset
from labeler.datasets.base import Split
from labeler.learning.features import kept_vectors
from labeler.learning.features.cache import FeatureCache
from labeler.pipeline import looking
from labeler.pipeline.looking import kept_vectors as vectors_kept_in
from labeler.pipeline.looking import look
from tests.fake_networks import Quarters

COLOURS = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (200, 200, 20)]
STEP = 25
"""Between the first quarters of one picture and the next."""


def write_picture(path: Path, number: int) -> None:
    pixels = np.zeros((96, 128, 3), np.uint8)
    pixels[:, :] = COLOURS[number % 4]
    pixels[:48, :64] = STEP * number
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for number in range(6):
        write_picture(tmp_path / "pictures" / f"{number}.png", number)
    return tmp_path / "pictures"


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


def seen_numbers(vectors: np.ndarray) -> list[int]:
    return [round(float(red) / STEP) for red in vectors[:, 0]]


def zipped(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder))


def tarred(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "gztar", folder))


@pytest.mark.parametrize("packed", [Path, zipped, tarred])
def test_originals_are_looked_at_wherever_they_lie(
    pictures: Path, packed: Callable[[Path], Path]
) -> None:
    dataset = load_dataset(str(packed(pictures)))
    chosen = dataset.train.take(np.array([4, 1, 2]))
    seen = look(chosen, Quarters())
    assert seen_numbers(seen.vectors) == [4, 1, 2]
    assert seen.n_gone == 0


def test_an_archive_that_is_written_to_meanwhile_is_no_error(pictures: Path) -> None:
    path = zipped(pictures)
    originals = load_dataset(str(path)).train.pictures
    assert originals is not None
    contents = originals.contents(range(6))
    first = next(contents)
    os.utime(path, (1, 1))
    assert [first, *contents] == [(pictures / f"{n}.png").read_bytes() for n in range(6)]


def test_a_picture_is_turned_as_the_camera_was_held_and_seen_whole(tmp_path: Path) -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40] = (200, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    Image.fromarray(pixels).save(tmp_path / "one.png", exif=exif)
    seen = look(load_dataset(str(tmp_path)).train, Quarters())
    reds = seen.vectors.reshape(2, 2, 3)[:, :, 0].astype(int)
    assert reds[0].min() > 190
    assert reds[1].max() < 10


def test_what_was_seen_before_is_not_looked_at_again(pictures: Path, cache: FeatureCache) -> None:
    network = Quarters()
    first = look(load_dataset(str(pictures)).train, network, vectors_kept_in(cache, network))
    write_picture(pictures / "9.png", 9)
    (pictures / "0.png").rename(pictures / "8.png")
    dataset = load_dataset(str(pictures))
    again = look(dataset.train, network, vectors_kept_in(cache, network))
    assert network.n_seen == 7
    assert seen_numbers(again.vectors) == [1, 2, 3, 4, 5, 0, 9]
    np.testing.assert_array_equal(again.vectors[:5], first.vectors[1:])


def test_a_pass_that_was_cut_off_goes_on_where_it_was(
    pictures: Path, cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "BATCH", 2)
    monkeypatch.setattr(kept_vectors, "WRITTEN_EVERY", 0.0)
    dataset = load_dataset(str(pictures))

    class Killed(Quarters):
        def vectors(self, pictures: np.ndarray, *given: object) -> np.ndarray:
            if self.n_seen == 4:
                raise KeyboardInterrupt
            return super().vectors(pictures)

    with pytest.raises(KeyboardInterrupt):
        look(dataset.train, Killed(), vectors_kept_in(cache, Quarters()))
    network = Quarters()
    seen = look(dataset.train, network, vectors_kept_in(cache, network))
    assert network.n_seen == 2
    assert seen_numbers(seen.vectors) == [0, 1, 2, 3, 4, 5]


def lose(pictures: Path) -> None:
    (pictures / "1.png").unlink()


def change(pictures: Path) -> None:
    write_picture(pictures / "1.png", 7)


def lose_all(pictures: Path) -> None:
    shutil.rmtree(pictures)


@pytest.mark.parametrize(("harm", "n_gone"), [(lose, 1), (change, 1), (lose_all, 6)])
def test_where_an_original_is_gone_the_small_picture_is_looked_at(
    pictures: Path, cache: FeatureCache, harm: Callable[[Path], None], n_gone: int
) -> None:
    dataset = load_dataset(str(pictures))
    harm(pictures)
    network = Quarters()
    seen = look(dataset.train, network, vectors_kept_in(cache, network))
    assert seen.n_gone == n_gone
    assert seen_numbers(seen.vectors) == [0, 1, 2, 3, 4, 5]
    look(dataset.train, network, vectors_kept_in(cache, network))
    assert network.n_seen == 6 + n_gone, "a small picture is not kept for its original"


def test_images_without_files_are_enlarged(bars: Dataset) -> None:
    seen = look(bars.train, Quarters())
    expected = bars.train.images[:, :4, :4].mean(axis=(1, 2))
    np.testing.assert_allclose(seen.vectors[:, 0], expected, rtol=1e-2)


def test_no_images_are_seen_in_no_time(bars: Dataset) -> None:
    nothing = Split(bars.train.images[:0], bars.train.labels[:0])
    assert len(look(nothing, Quarters()).vectors) == 0
