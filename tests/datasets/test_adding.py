"""New images of a folder, made equal to those that were there."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from labeler.datasets.adding import ReadBefore, read_new_images
from labeler.datasets.resizing import Likeness
from tests.imaging.test_deep import png as deep_png


def test_images_of_16_bits_are_on_the_scale_of_those_before(
    make_folder: Callable[..., Path],
) -> None:
    folder = make_folder({"a.png": deep_png(np.full((6, 4, 1), 500, np.uint16))})
    new = read_new_images(folder, ReadBefore((), Likeness((6, 4), (0.0, 1000.0))))
    assert np.unique(new.images).tolist() == [128]
    assert new.scale == (0.0, 1000.0)
