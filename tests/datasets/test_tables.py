"""Tables and arrays in folders and archives, under the names that people give them."""

import pytest

from labeler.datasets import load_dataset

HEADER = b"label,pixel1,pixel2,pixel3,pixel4\n"
TRAIN = HEADER + b"a,0,1,2,255\nb,0,1,2,3\nb,0,1,2,3\n"
TEST = HEADER + b"a,0,1,2,9\n"


def counts(dataset):
    return len(dataset.train), 0 if dataset.test is None else len(dataset.test)


@pytest.fixture(params=["folder", "zip"])
def load(request, make_folder, make_zip):
    """Load these files from a folder and from a zip."""

    def build(entries):
        make = make_folder if request.param == "folder" else make_zip
        return load_dataset(str(make(entries)))

    return build


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("mnist_train.csv", "mnist_test.csv"),
        ("Train.csv", "Test.csv"),
        ("train.tsv", "t10k.tsv"),
        ("data/fashion-mnist_train.csv", "data/fashion-mnist_test.csv"),
        ("train/mnist.csv", "test/mnist.csv"),
    ],
)
def test_tables_of_a_train_and_a_test_part_are_one_set(load, train, test):
    dataset = load({train: TRAIN, test: TEST, "README.md": b"hello"})
    assert counts(dataset) == (3, 1)
    assert dataset.classes == ("a", "b")


def test_a_part_to_validate_on_joins_the_pool_or_is_the_test_part(load):
    with_test = load({"train.csv": TRAIN, "val.csv": TEST, "test.csv": TEST})
    assert counts(with_test) == (4, 1)
    assert "the part to validate on joins the pool" in with_test.notes


def test_without_a_test_part_the_part_to_validate_on_is_it(load):
    dataset = load({"train.csv": TRAIN, "valid.csv": TEST})
    assert counts(dataset) == (3, 1)
    assert "the part to validate on is the test part" in dataset.notes


def test_previews_and_copies_beside_tables_are_left_out(load, png):
    dataset = load(
        {
            "sign_mnist_train.csv": TRAIN,
            "sign_mnist_train/sign_mnist_train.csv": TRAIN,
            "sign_mnist_test.csv": TEST,
            "sign_mnist_test/sign_mnist_test.csv": TEST,
            "amer_sign2.png": png(),
        }
    )
    assert counts(dataset) == (3, 1)
    assert {one.file for one in dataset.left_out} == {
        "sign_mnist_train/sign_mnist_train.csv",
        "sign_mnist_test/sign_mnist_test.csv",
        "amer_sign2.png",
    }


def test_tables_that_are_no_images_are_passed_over(load):
    dataset = load(
        {
            "train.csv": TRAIN,
            "test.csv": TEST.replace(b"label", b"id").replace(b"a,", b"0,"),
            "sample_submission.csv": b"id,label\n0,0\n",
            "Dig-MNIST.csv": TEST,
        }
    )
    assert counts(dataset) == (3, 1)
    assert "column not used: id" in dataset.notes
    assert [one.file for one in dataset.left_out] == ["Dig-MNIST.csv"]


def test_many_pictures_are_the_data_whatever_tables_lie_beside_them(load, png):
    pictures = {f"{name}/{number}.png": png() for name in "ab" for number in range(11)}
    dataset = load({"train.csv": TRAIN, **pictures})
    assert counts(dataset) == (22, 0)


def test_a_table_that_is_broken_says_why(load, refused):
    with refused("CSV-3", "pixel4"):
        load({"train.csv": b"label,pixel1,pixel2,pixel4,pixel5\n"})


def test_several_sets_are_named(load, refused):
    with refused("SET-1", "2 data sets", "letters", "digits"):
        load({"letters_train.csv": TRAIN, "digits_train.csv": TRAIN + b"a,1,1,1,1\n"})


def test_one_scale_holds_for_all_parts(load):
    dark = HEADER + b"a,0,1,2,16\n"
    dataset = load({"train.csv": TRAIN, "test.csv": dark})
    assert dataset.test.images.max() == 16
