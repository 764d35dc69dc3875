"""CSV files of pixels and of file names."""

import numpy as np
import pytest

from labeler.datasets import csv_pixels, load_dataset
from labeler.records import UNLABELED

HEADER = "label,pixel1,pixel2,pixel3,pixel4\n"


@pytest.fixture
def pixel_csv(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "pixels.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_rows_become_square_images(pixel_csv):
    dataset = load_dataset(pixel_csv(HEADER + "1,0,10,200,255\n0,007,1,2,3\n"))
    assert dataset.train.images.tolist() == [[[0, 10], [200, 255]], [[7, 1], [2, 3]]]
    assert dataset.train.labels.tolist() == [1, 0]
    assert dataset.test is None


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,0,1,2,3\n0,4,5,6,7",
        "\ufeff" + HEADER + "1,0,1,2,3\n0,4,5,6,7\n",
        HEADER.replace("\n", "\r\n") + "1,0,1,2,3\r\n0,4,5,6,7\r\n",
        HEADER + '"1",0,1,2,3\n"0",4,"5",6,7\n',
        "pixel0,pixel1,pixel2,pixel3,class\n0,1,2,3,1\n4,5,6,7,0\n",
        "label,1x1,1x2,2x1,2x2\n1,0,1,2,3\n0,4,5,6,7\n",
        '"label","pixel1","pixel2","pixel3","pixel4"\n1,0,1,2,3\n0,4,5,6,7\n',
    ],
    ids=["no-last-newline", "bom", "crlf", "quotes", "class-last", "grid", "quoted-header"],
)
def test_usual_dialects_read_the_same(pixel_csv, content):
    dataset = load_dataset(pixel_csv(content))
    assert dataset.train.images.ravel().tolist() == list(range(8))
    assert dataset.train.labels.tolist() == [1, 0]


def test_text_labels_are_sorted_and_numbers_go_by_value(pixel_csv):
    rows = "{},0,1,2,3\n{},0,1,2,3\n{},0,1,2,3\n"
    assert load_dataset(pixel_csv(HEADER + rows.format("dog", "cat", "ant"))).classes == (
        "ant",
        "cat",
        "dog",
    )
    assert load_dataset(pixel_csv(HEADER + rows.format(10, 9, 1))).classes == ("1", "9", "10")


def test_an_empty_label_and_an_absent_column_mean_unknown(pixel_csv):
    partly = load_dataset(pixel_csv(HEADER + ",0,1,2,3\ncat,0,1,2,3\n"))
    assert partly.train.labels.tolist() == [UNLABELED, 0]
    nowhere = load_dataset(pixel_csv("pixel1,pixel2,pixel3,pixel4\n0,1,2,3\n"))
    assert nowhere.classes == ()
    assert not nowhere.has_ground_truth


def test_a_quoted_label_may_hold_commas_and_line_ends(pixel_csv):
    dataset = load_dataset(pixel_csv(HEADER + 'plain,0,1,2,3\n"a, b",4,5,6,7\n'))
    assert dataset.classes == ("a, b", "plain")
    assert dataset.train.images.ravel().tolist() == list(range(8))


def test_a_formula_is_kept_as_text(pixel_csv):
    assert load_dataset(pixel_csv(HEADER + "=cmd,0,1,2,3\n")).classes == ("=cmd",)


def test_blocks_smaller_than_the_file_change_nothing(pixel_csv, monkeypatch):
    monkeypatch.setattr(csv_pixels, "_BLOCK", 64)
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, (200, 4))
    rows = "".join(f"{i % 3},{','.join(map(str, row))}\n" for i, row in enumerate(values))
    dataset = load_dataset(pixel_csv(HEADER + rows))
    assert (dataset.train.images.reshape(-1, 4) == values).all()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "CSV-1", "empty"),
        (HEADER, "CSV-1", "no row"),
        (HEADER.encode("utf-16"), "CSV-1", "UTF-16"),
        (HEADER.encode() + b"1,0,1,2,3\n1,0,\0,2,3\n", "CSV-1", "row 3 holds a NUL byte"),
        (HEADER.encode() + b"1,0,1,2,3\n\x91,0,1,2,3\n", "CSV-1", "row 3, byte 0x91 is not UTF-8"),
        (HEADER.replace(",", ";"), "CSV-2", "found ';'"),
        (HEADER.replace(",", "\t"), "CSV-2", "found TAB"),
        (HEADER + "1;0;1;2;3\n", "CSV-2", "row 2: found ';'"),
        (HEADER + '1,0,1,2,3\n"cat,0,1,2,3\n1,0,1,2,3\n', "CSV-2", "quote opened in row 3"),
        (HEADER + '"' + "a" * 140_000 + '",0,1,2,3\n', "CSV-2", "row 2"),
        (HEADER.replace("\n", "\r") + "1,0,1,2,3\r", "CSV-2", "CR alone"),
        (HEADER + "1,0,1,2,3\n1,0,1,2\n", "CSV-3", "row 3 has 4 values, row 1 has 5"),
        (HEADER + "1,0,1,2\n1,0,1,2,3,4\n", "CSV-3", "row 2 has 4 values"),
        (HEADER + "1,0,1,2,3\n\n1,0,1,2,3\n", "CSV-3", "row 3 has no values"),
        (HEADER.replace("pixel3", "pixel2"), "CSV-3", "column 'pixel2' appears twice"),
        ("label,pixel1,pixel2,pixel4,pixel5\n", "CSV-3", "pixel4"),
        ("label,colour\n1,2\n", "CSV-3", "colour"),
        ("label\n1\n", "CSV-3", "no pixel columns"),
        ("5,0,1,2,3\n", "CSV-3", "Add a header"),
        ("label,pixel1,pixel2,pixel3\n", "CSV-5", "3 pixels: not 2 x 2 = 4"),
        (HEADER + "a\u202eb,0,1,2,3\n", "CSV-6", "row 2: the label 'a\\u202eb'"),
        (HEADER + "1,0,1,2,3\na\x07b,0,1,2,3\n", "CSV-6", "row 3"),
        (HEADER + "a" * 10_000 + ",0,1,2,3\n", "CSV-6", "10,000 characters"),
    ],
)
def test_a_bad_file_is_refused(pixel_csv, refused, content, code, words):
    path = pixel_csv(content)
    with refused(code, words):
        load_dataset(path)


@pytest.mark.parametrize(
    "cell",
    ["nan", "inf", "1e400", "-1", "256", "7.5", "1_0", "１２", "", " 1", "999", "0007", "x"],
)
def test_a_cell_that_is_no_pixel_is_refused_by_row_and_column(pixel_csv, refused, cell):
    path = pixel_csv(HEADER + f"1,0,1,2,3\ncat,0,{cell},2,3\n")
    with refused("CSV-4", "row 3, column pixel2", "is not 0-255"):
        load_dataset(path)


def test_the_first_cell_of_a_file_is_checked_too(pixel_csv, refused):
    with refused("CSV-4", "row 2, column pixel1: 'x' is not 0-255"):
        load_dataset(pixel_csv("pixel1,pixel2,pixel3,pixel4\nx,1,2,3\n"))


def test_train_and_test_files_share_one_list_of_classes(make_folder):
    folder = make_folder(
        {
            "train.csv": (HEADER + "cat,0,1,2,3\n").encode(),
            "test.csv": (HEADER + "ant,0,1,2,3\n").encode(),
        }
    )
    dataset = load_dataset(str(folder))
    assert dataset.classes == ("ant", "cat")
    assert dataset.train.labels.tolist() == [1]
    assert dataset.test.labels.tolist() == [0]


def test_train_and_test_files_have_to_have_one_image_size(make_folder, refused):
    folder = make_folder({"train.csv": (HEADER + "1,0,1,2,3\n").encode(), "test.csv": b"pixel1\n7"})
    with refused("CSV-5", "2 x 2 in train.csv and 1 x 1 in test.csv"):
        load_dataset(str(folder))


def test_a_label_unknown_to_a_known_data_set_is_refused(make_folder, refused):
    folder = make_folder({"test.csv": (HEADER + "1,0,1,2,3\n10,0,1,2,3\n").encode()})
    with refused("CSV-6", "row 3: the label '10' is unknown"):
        load_dataset("overhead-mnist", folder)


class TestListing:
    """``file_name,label`` beside images."""

    @pytest.fixture
    def load(self, make_folder, png):
        def build(content: str, name: str = "labels.csv"):
            images = {"a.png": png(), "sub/b.png": png(), "c.png": png()}
            return load_dataset(str(make_folder({name: content.encode(), **images}) / name))

        return build

    @pytest.mark.parametrize("column", ["file_name", "filename", "path", "image"])
    def test_listed_images_get_their_labels(self, load, column):
        dataset = load(f"{column},label\nsub/b.png,dog\na.png,cat\n")
        assert dataset.train.names == ("sub/b.png", "a.png")
        assert [dataset.classes[label] for label in dataset.train.labels] == ["dog", "cat"]

    def test_an_empty_label_means_unknown(self, load):
        assert load("file_name,label\na.png,\nc.png,cat\n").train.labels.tolist() == [UNLABELED, 0]

    def test_in_a_folder_unlisted_images_are_kept_without_a_class(self, make_folder, png):
        listing = b"file_name,label\na.png,cat\n"
        folder = make_folder({"labels.csv": listing, "a.png": png(), "b.png": png()})
        dataset = load_dataset(str(folder))
        assert dataset.train.labels.tolist() == [0, UNLABELED]
        assert any("1 images are not in labels.csv" in note for note in dataset.notes)

    @pytest.mark.parametrize(
        ("rows", "code", "words"),
        [
            ("../a.png,cat", "CSV-7", "row 2 points outside the dataset"),
            ("sub/../../a.png,cat", "CSV-7", "row 2 points outside"),
            ("/etc/passwd,cat", "CSV-7", "no file of the name in any row"),
            ("gone.png,cat", "CSV-7", "no file of the name in any row"),
            (",cat", "CSV-7", "row 2 names no file"),
            ("a.png,cat,more", "CSV-3", "row 2 has 3 values, row 1 has 2"),
            ('a.png,"cat', "CSV-2", "quote opened in row 2 never closes"),
            ("a.png,ca\u200et", "CSV-6", "row 2"),
            ("", "CSV-1", "no row"),
        ],
    )
    def test_a_bad_row_is_refused(self, load, refused, rows, code, words):
        with refused(code, words):
            load(f"file_name,label\n{rows}")
