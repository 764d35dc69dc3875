"""What was read is said of people's own images, whatever they are called."""

import numpy as np
import pytest

from labeler.cli.heavy.announcing import announcing
from labeler.datasets import Dataset, Split


@pytest.mark.parametrize(
    ("asked", "as_json", "is_said"),
    [("./digits", False, True), ("digits", False, False), ("./digits", True, False)],
)
def test_a_folder_named_like_a_known_data_set_is_announced(
    asked: str, as_json: bool, is_said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    split = Split(np.zeros((2, 8, 8), np.uint8), np.zeros(2, np.int64))
    announcing(asked, as_json=as_json)(Dataset("digits", ("one",), split))
    assert ("digits: 2 images to label" in capsys.readouterr().err) is is_said
