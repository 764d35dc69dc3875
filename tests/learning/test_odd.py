"""What stands out among pictures, by what is usual among them."""

import numpy as np
import pytest

from labeler.learning.graph import neighbour_graph
from labeler.learning.odd.finding import OddPictures, find_odd_pictures
from labeler.learning.odd.kinds import KINDS, OddKind
from labeler.learning.odd.measures import measure_pictures
from labeler.learning.odd.unusual import FEW, far_above, far_below

N = 300


def blurred(picture: np.ndarray) -> np.ndarray:
    levels = picture.astype(np.float64)
    for axis in (0, 1, 0, 1):
        levels = (np.roll(levels, 1, axis) + levels + np.roll(levels, -1, axis)) / 3
    return levels.round().astype(np.uint8)


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Coarse shapes with noise on them: four are odd, and two pairs alike."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 4, (N, 8, 8)).repeat(4, axis=1).repeat(4, axis=2) * 60
    images = np.clip(images + rng.integers(0, 40, images.shape), 0, 255).astype(np.uint8)
    images[3] = images[3] // 6
    images[5] = blurred(images[5])
    images[7] = 90
    images[11] = 90
    images[20] = images[21]
    images[30] = np.clip(images[31].astype(int) + rng.integers(-3, 4, (32, 32)), 0, 255)
    return images


def found(pictures: np.ndarray, sizes: np.ndarray | None = None) -> OddPictures:
    X = pictures.reshape(len(pictures), -1).astype(np.float32)
    measures = measure_pictures(lambda places: pictures[places], len(pictures))
    return find_odd_pictures(measures, pictures, X, None, sizes)


def of_kind(odd: OddPictures, kind: OddKind) -> list[int]:
    images: list[int] = odd.images[odd.kinds == KINDS.index(kind)].tolist()
    return images


def test_each_kind_holds_what_is_odd_in_that_way_and_nothing_else(pictures: np.ndarray) -> None:
    odd = found(pictures)
    assert {kind: of_kind(odd, kind) for kind in KINDS} == {
        OddKind.DUPLICATE: [20, 21],
        OddKind.NEAR_DUPLICATE: [30, 31],
        OddKind.BLANK: [7, 11],
        OddKind.DARK: [3],
        OddKind.BLURRED: [5],
        OddKind.SIZE: [],
        OddKind.ASPECT: [],
    }
    assert len(set(odd.sets[odd.kinds < 2].tolist())) == 2
    assert (odd.sets[odd.kinds >= 2] == -1).all()


def test_neighbours_of_a_graph_are_as_good_as_those_found_anew(pictures: np.ndarray) -> None:
    X = pictures.reshape(N, -1).astype(np.float32)
    measures = measure_pictures(lambda places: list(pictures[places]), N)
    odd = find_odd_pictures(measures, pictures, X, neighbour_graph(X))
    assert np.array_equal(odd.images, found(pictures).images)


def test_a_data_set_that_is_dark_or_soft_throughout_is_not_listed(pictures: np.ndarray) -> None:
    dark = np.stack([blurred(picture) for picture in pictures[40:]]) // 5
    odd = found(dark)
    assert not of_kind(odd, OddKind.DARK)
    assert not of_kind(odd, OddKind.BLURRED)


def test_files_of_odd_size_and_shape_are_listed_the_farthest_first(pictures: np.ndarray) -> None:
    sizes = np.full((N, 2), (300, 400))
    sizes[1], sizes[2], sizes[4] = (3000, 4000), (30, 40), (150, 1000)
    sizes[100:200] = (400, 300)
    odd = found(pictures, sizes)
    assert of_kind(odd, OddKind.SIZE) == [1, 2]
    assert of_kind(odd, OddKind.ASPECT) == [4]
    assert odd.usual[KINDS.index(OddKind.SIZE)] == 120_000


def test_what_many_are_is_not_unusual() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=1000)
    values[:300] = -50
    assert not far_below(values, 0).any()
    values[:300] = rng.normal(-50, 1, 300)
    assert far_below(values, 0).sum() <= 20
    values[:FEW] = 90
    assert np.flatnonzero(far_above(values, 0)).tolist() == list(range(FEW))
    assert not far_above(values, 1000).any()
    assert not far_below(np.full(5, np.nan), 0).any()


def test_tiny_pictures_are_never_called_blurred() -> None:
    images = np.random.default_rng(0).integers(0, 255, (40, 8, 8)).astype(np.uint8)
    images[0] = blurred(images[0])
    assert np.isnan(measure_pictures(lambda places: images[places], 40).sharpness).all()
    assert len(found(images[:1])) == 0
