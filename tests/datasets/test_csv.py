"""CSV files of pixels and of file names."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets import Dataset, limits, load_dataset
from labeler.datasets.tabular import csv_pixels
from labeler.formats.rows import COLUMNS
from labeler.records import UNLABELED
from tests.datasets.conftest import Built, Loaded, Refused, Saved, Written

HEADER = "label,pixel1,pixel2,pixel3,pixel4\n"


@pytest.fixture
def pixel_csv(tmp_path: Path) -> Saved:
    def write(content: str | bytes) -> str:
        path = tmp_path / "pixels.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_rows_become_square_images(pixel_csv: Saved) -> None:
    dataset = load_dataset(pixel_csv(HEADER + "1,0,10,200,255\n0,007,1,2,3\n"))
    assert dataset.train.images.tolist() == [[[0, 10], [200, 255]], [[7, 1], [2, 3]]]
    assert dataset.train.labels.tolist() == [1, 0]
    assert dataset.test is None


VALUES = [0, 1, 2, 3, 4, 5, 6, 255]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,0,1,2,3\n0,4,5,6,255",
        "\ufeff" + HEADER + "1,0,1,2,3\n0,4,5,6,255\n",
        HEADER.replace("\n", "\r\n") + "1,0,1,2,3\r\n0,4,5,6,255\r\n",
        HEADER + '"1",0,1,2,3\n"0",4,"5",6,255\n',
        "pixel0,pixel1,pixel2,pixel3,class\n0,1,2,3,1\n4,5,6,255,0\n",
        "label,1x1,1x2,2x1,2x2\n1,0,1,2,3\n0,4,5,6,255\n",
        "label,r0_c0,r0_c1,r1_c0,r1_c1\n1,0,1,2,3\n0,4,5,6,255\n",
        '"label","pixel1","pixel2","pixel3","pixel4"\n1,0,1,2,3\n0,4,5,6,255\n',
        HEADER.replace(",", ";") + "1;0;1;2;3\n0;4;5;6;255\n",
        HEADER.replace(",", "\t") + "1\t0\t1\t2\t3\n0\t4\t5\t6\t255\n",
        HEADER.replace(",", ";") + "1;0,0;1,0;2,0;3,0\n0;4,0;5,0;6,0;255,0\n",
        HEADER.replace(",", ";") + '"1";"0,0";1;2;3\n\n"0";4;5;6;"255"\n',
        "1,0,1,2,3\n0,4,5,6,255\n",
        "\n1,0,1,2,3\n0,4,5,6,255\n",
        "0,1,2,3,1\n4,5,6,255,0\n".replace("0,1,2,3,1", "0,1.0,2,3,1"),
        ",label,0,1,2,3\n0,1,0,1,2,3\n1,0,4,5,6,255\n",
        ",0,1,2,3,4\n0,1,0,1,2,3\n1,0,4,5,6,255\n",
        "0,1,0,1,2,3\n1,0,4,5,6,255\n",
        "Unnamed: 0,y,x1,x2,x3,x4\n0,1,0,1,2,3\n1,0,4,5,6,255\n",
        "id,label,V1,V2,V3,V4\na,1,0,1,2,3\nb,0,4,5,6,255\n",
        HEADER + "1.0,0.0,1.0,2.00,3\n0.0,4.0,5,6e0,+255\n",
        HEADER + "1, 0, 1, 2, 3\n0, 4, 5, 6, 255 \n",
        HEADER + "1,0,1,2,3\n\n0,4,5,6,255\n\n  \n,,,,\n",
    ],
    ids=[
        "no-last-newline",
        "bom",
        "crlf",
        "quotes",
        "class-last",
        "grid",
        "grid-from-zero",
        "quoted-header",
        "semicolons",
        "tabs",
        "decimal-commas",
        "semicolons-and-quotes",
        "no-header",
        "no-header-after-a-blank-line",
        "no-header-and-the-label-last",
        "pandas-index",
        "pandas-index-and-numbers-as-names",
        "pandas-index-without-header",
        "y",
        "names-of-r-and-an-id",
        "floats",
        "spaces",
        "blank-lines",
    ],
)
def test_usual_dialects_read_the_same(pixel_csv: Saved, content: str | bytes) -> None:
    dataset = load_dataset(pixel_csv(content))
    assert dataset.train.images.ravel().tolist() == VALUES
    assert dataset.train.labels.tolist() == [1, 0]
    assert dataset.classes == ("0", "1")


def test_a_gzipped_table_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "digits.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "1,0,1,2,3\n0,4,5,6,255\n").encode()))
    dataset = load_dataset(str(path))
    assert dataset.train.images.ravel().tolist() == VALUES
    assert dataset.name == "digits"


def test_a_damaged_or_endless_gzip_is_refused(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "digits.csv.gz"
    packed = gzip.compress((HEADER + "1,0,1,2,3\n" * 40).encode())
    path.write_bytes(packed[:-12])
    with refused("GZIP-1", "damaged"):
        load_dataset(str(path))
    path.write_bytes(packed)
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 100)
    with refused("GZIP-2", "unpacks beyond"):
        load_dataset(str(path))


def test_columns_that_are_neither_label_nor_pixel_are_said(pixel_csv: Saved) -> None:
    header = HEADER.replace("label", "id,label").replace("\n", ",px\n")
    dataset = load_dataset(pixel_csv(header + "7,a,0,1,2,255,1\n"))
    assert dataset.train.images.tolist() == [[[0, 1], [2, 255]]]
    assert "columns not used: id, px" in dataset.notes


def test_numbers_with_gaps_as_pandas_writes_them_are_labels(pixel_csv: Saved) -> None:
    dataset = load_dataset(
        pixel_csv(HEADER + "3.0,0,1,2,255\nnan,0,1,2,3\n,0,1,2,3\n10.0,0,1,2,3\n")
    )
    assert dataset.classes == ("3", "10")
    assert dataset.train.labels.tolist() == [0, UNLABELED, UNLABELED, 1]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("0,0.2,0.4,1", [0, 51, 102, 255]),
        ("0,1,0,1", [0, 255, 0, 255]),
        ("0,4,12,16", [0, 64, 191, 255]),
        ("-1,-0.5,0,1", [0, 64, 128, 255]),
        ("800,900,1000,1200", [0, 64, 128, 255]),
        ("7.5,0,12.2,255", [8, 0, 12, 255]),
    ],
)
def test_values_on_another_scale_are_stretched(
    pixel_csv: Saved, cells: str, expected: list[int]
) -> None:
    images = load_dataset(pixel_csv(HEADER + f"a,{cells}\n" * 2)).train.images
    assert images[0].ravel().tolist() == expected


@pytest.mark.parametrize("is_planar", [True, False])
def test_rows_of_3072_values_are_colour_images(pixel_csv: Saved, is_planar: bool) -> None:
    ramp = np.linspace(0, 120, 32).astype(int)
    image = np.stack(
        [
            ramp[None] + ramp[:, None],
            250 - ramp[None] + 0 * ramp[:, None],
            10 + 0 * (ramp[None] + ramp[:, None]),
        ],
        2,
    )
    values = image.transpose(2, 0, 1) if is_planar else image
    dataset = load_dataset(pixel_csv("3," + ",".join(map(str, values.ravel())) + "\n"))
    assert (dataset.train.images[0] == image).all()
    order = "as in CIFAR-10" if is_planar else "pixel after pixel"
    assert any("32 × 32 RGB" in note and order in note for note in dataset.notes)


def test_text_labels_are_sorted_and_numbers_go_by_value(pixel_csv: Saved) -> None:
    rows = "{},0,1,2,3\n{},0,1,2,3\n{},0,1,2,3\n"
    assert load_dataset(pixel_csv(HEADER + rows.format("dog", "cat", "ant"))).classes == (
        "ant",
        "cat",
        "dog",
    )
    assert load_dataset(pixel_csv(HEADER + rows.format(10, 9, 1))).classes == ("1", "9", "10")


def test_an_empty_label_and_an_absent_column_mean_unknown(pixel_csv: Saved) -> None:
    partly = load_dataset(pixel_csv(HEADER + ",0,1,2,3\ncat,0,1,2,3\n"))
    assert partly.train.labels.tolist() == [UNLABELED, 0]
    nowhere = load_dataset(pixel_csv("pixel1,pixel2,pixel3,pixel4\n0,1,2,3\n"))
    assert nowhere.classes == ()
    assert not nowhere.has_ground_truth


def test_a_quoted_label_may_hold_commas_and_line_ends(pixel_csv: Saved) -> None:
    dataset = load_dataset(pixel_csv(HEADER + 'plain,0,1,2,3\n"a, b",4,5,6,255\n'))
    assert dataset.classes == ("a, b", "plain")
    assert dataset.train.images.ravel().tolist() == VALUES


def test_a_formula_is_kept_as_text(pixel_csv: Saved) -> None:
    assert load_dataset(pixel_csv(HEADER + "=cmd,0,1,2,3\n")).classes == ("=cmd",)


def test_blocks_smaller_than_the_file_change_nothing(
    pixel_csv: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        (HEADER + "1;0;1;2;3\n", "CSV-2", "row 2: found ';'"),
        (HEADER + '1,0,1,2,3\n"cat,0,1,2,3\n1,0,1,2,3\n', "CSV-2", "quote opened in row 3"),
        (HEADER + '"' + "a" * 140_000 + '",0,1,2,3\n', "CSV-2", "row 2"),
        (HEADER.replace("\n", "\r") + "1,0,1,2,3\r", "CSV-2", "CR alone"),
        (HEADER + "1,0,1,2,3\n1,0,1,2\n", "CSV-3", "row 3 has 4 values, the first has 5"),
        (HEADER + "1,0,1,2\n1,0,1,2,3,4\n", "CSV-3", "row 2 has 4 values"),
        (HEADER.replace("pixel3", "pixel2"), "CSV-3", "column 'pixel2' appears twice"),
        ("label,pixel1,pixel2,pixel4,pixel5\n", "CSV-3", "pixel4"),
        ("label,colour\n1,2\n", "CSV-3", "colour"),
        ("label\n1\n", "CSV-3", "no pixel columns"),
        ("label,pixel1,pixel2,pixel3\n", "CSV-5", "3 pixels: not 2 x 2 = 4"),
        (HEADER + "a\u202eb,0,1,2,3\n", "CSV-6", "row 2: the label 'a\\u202eb'"),
        (HEADER + "1,0,1,2,3\na\x07b,0,1,2,3\n", "CSV-6", "row 3"),
        (HEADER + "a" * 10_000 + ",0,1,2,3\n", "CSV-6", "10,000 characters"),
    ],
)
def test_a_bad_file_is_refused(
    pixel_csv: Saved, refused: Refused, content: str | bytes, code: str, words: str
) -> None:
    path = pixel_csv(content)
    with refused(code, words):
        load_dataset(path)


@pytest.mark.parametrize(
    "cell",
    [
        "nan",
        "inf",
        "1e400",
        "-1",
        "256",
        "1_0",
        "１２",
        "",
        "1 2",
        " ",
        "999",
        "0x7",
        "x",
        "1" * 50,
    ],
)
def test_a_cell_that_is_no_pixel_is_refused_by_row_and_column(
    pixel_csv: Saved, refused: Refused, cell: str
) -> None:
    path = pixel_csv(HEADER + f"1,0,1,2,255\ncat,0,{cell},2,3\n" + "1,0,1,2,255\n" * 600)
    with refused("CSV-4", "row 3, column pixel2", "is not 0-255"):
        load_dataset(path)


def test_the_first_cell_of_a_file_is_checked_too(pixel_csv: Saved, refused: Refused) -> None:
    with refused("CSV-4", "row 2, column pixel1: 'x' is not 0-255"):
        load_dataset(pixel_csv("pixel1,pixel2,pixel3,pixel4\nx,1,2,3\n"))


def test_train_and_test_files_share_one_list_of_classes(make_folder: Written) -> None:
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


def test_train_and_test_files_have_to_have_one_image_size(
    make_folder: Written, refused: Refused
) -> None:
    folder = make_folder({"train.csv": (HEADER + "1,0,1,2,3\n").encode(), "test.csv": b"pixel1\n7"})
    with refused("CSV-5", "2 x 2 in train.csv and 1 x 1 in test.csv"):
        load_dataset(str(folder))


def test_a_label_unknown_to_a_known_data_set_is_refused(
    make_folder: Written, refused: Refused
) -> None:
    folder = make_folder({"test.csv": (HEADER + "1,0,1,2,3\n10,0,1,2,3\n").encode()})
    with refused("CSV-6", "row 3: the label '10' is unknown"):
        load_dataset("overhead-mnist", folder)


class TestListing:
    """``file_name,label`` beside images."""

    @pytest.fixture
    def load(self, make_folder: Written, png: Built) -> Loaded:
        def build(content: str, name: str = "labels.csv") -> Dataset:
            images = {"a.png": png(), "sub/b.png": png(), "c.png": png()}
            return load_dataset(str(make_folder({name: content.encode(), **images}) / name))

        return build

    @pytest.mark.parametrize("column", ["file_name", "filename", "path", "image"])
    def test_listed_images_get_their_labels(self, load: Loaded, column: str) -> None:
        dataset = load(f"{column},label\nsub/b.png,dog\na.png,cat\n")
        assert dataset.train.names == ("sub/b.png", "a.png")
        assert [dataset.classes[label] for label in dataset.train.labels] == ["dog", "cat"]

    def test_an_empty_label_means_unknown(self, load: Loaded) -> None:
        assert load("file_name,label\na.png,\nc.png,cat\n").train.labels.tolist() == [UNLABELED, 0]

    def test_in_a_folder_unlisted_images_are_kept_without_a_class(
        self, make_folder: Written, png: Built
    ) -> None:
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
    def test_a_bad_row_is_refused(
        self, load: Loaded, refused: Refused, rows: str, code: str, words: str
    ) -> None:
        with refused(code, words):
            load(f"file_name,label\n{rows}")


def test_exported_labels_without_images_are_refused_in_words(
    make_zip: Written, refused: Refused
) -> None:
    header = ",".join(COLUMNS).encode()
    rows = b"".join(b"\n%d,,1,1,,propagated,4,6.1,3,0.9,,,train" % n for n in range(4))
    with refused("CSV-7", "image files beside this list"):
        load_dataset(str(make_zip({"x.csv": header + rows, "manifest.json": b"{}"})))
