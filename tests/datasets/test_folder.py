"""Folders of images: layouts, sizes, colours, and what is skipped or refused."""

import os
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets import limits, load_dataset
from labeler.datasets.containers.files import open_file
from labeler.datasets.corrections import Corrections
from labeler.records import UNLABELED
from tests.datasets.conftest import Built, Refused, Written


def test_a_flat_folder_has_no_ground_truth(make_folder: Written, png: Built) -> None:
    dataset = load_dataset(str(make_folder({"b.png": png(), "a.PNG": png(colour=7)})))
    assert dataset.train.names == ("a.PNG", "b.png")
    assert dataset.train.images.shape == (2, 4, 6)
    assert dataset.train.images[0, 0, 0] == 7
    assert (dataset.classes, dataset.test) == ((), None)
    assert dataset.name == "set"


def test_a_folder_for_each_class_gives_sorted_classes(make_folder: Written, png: Built) -> None:
    dataset = load_dataset(str(make_folder({"dog/1.png": png(), "cat/deep/1.png": png()})))
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.labels.tolist() == [0, 1]


def test_classes_that_are_numbers_go_by_value(make_folder: Written, png: Built) -> None:
    folder = make_folder({f"{name}/1.png": png() for name in (10, 9, 2)})
    assert load_dataset(str(folder)).classes == ("2", "9", "10")


def test_images_outside_the_class_folders_are_kept_without_a_class(
    make_folder: Written, png: Built
) -> None:
    entries = {"cat/1.png": png(), "dog/1.png": png(), "loose.png": png()}
    dataset = load_dataset(str(make_folder(entries)))
    assert dataset.train.labels.tolist() == [0, 1, UNLABELED]
    assert "1 images outside the class folders: class unknown" in dataset.notes


def test_train_and_test_folders_are_two_parts_with_one_list_of_classes(
    make_folder: Written, png: Built
) -> None:
    entries = {"train/cat/1.png": png(), "train/dog/1.png": png(), "test/ant/1.png": png()}
    dataset = load_dataset(str(make_folder(entries)))
    assert dataset.classes == ("ant", "cat", "dog")
    assert dataset.train.labels.tolist() == [1, 2]
    assert dataset.test.labels.tolist() == [0]


def test_test_images_of_unknown_class_are_left_out(make_folder: Written, png: Built) -> None:
    dataset = load_dataset(str(make_folder({"train/1.png": png(), "test/1.png": png()})))
    assert dataset.test is None
    assert "1 test images of unknown class left out" in dataset.notes


def test_images_up_to_64_pixels_of_one_size_stay_as_they_are(
    make_folder: Written, png: Built
) -> None:
    dataset = load_dataset(str(make_folder({"a.png": png((64, 50)), "b.png": png((64, 50))})))
    assert dataset.image_shape == (50, 64)
    assert dataset.notes == ()


def test_larger_images_are_shrunk_to_64_with_their_aspect(make_folder: Written, png: Built) -> None:
    dataset = load_dataset(str(make_folder({"a.png": png((128, 96)), "b.png": png((128, 96))})))
    assert dataset.image_shape == (48, 64)
    assert dataset.notes == ("2 images of 128 × 96 resized to 64 × 48",)


def test_images_of_many_sizes_get_their_median_size_on_their_own_edge_colour(
    make_folder: Written, png: Built
) -> None:
    entries = {f"{i}.png": png((8, 8)) for i in range(2)} | {"wide.png": png((16, 4), colour=9)}
    dataset = load_dataset(str(make_folder(entries)))
    assert dataset.image_shape == (8, 8)
    assert (dataset.train.images[2] == 9).all()
    assert dataset.notes == ("1 image of 2 sizes resized to 8 × 8",)


def test_a_size_asked_for_is_given_to_all(make_folder: Written, png: Built) -> None:
    folder = str(make_folder({"a.png": png((128, 96)), "b.png": png((8, 8))}))
    assert load_dataset(folder, image_size=(20, 30)).image_shape == (20, 30)


def test_grey_stays_grey_only_among_grey(make_folder: Written, png: Built) -> None:
    grey_as_rgb = png(mode="RGB", colour=(5, 5, 5))
    all_grey = make_folder({"a.png": png(), "b.png": grey_as_rgb}, "grey")
    assert load_dataset(str(all_grey)).image_shape == (4, 6)
    mixed = make_folder({"a.png": png(), "b.png": png(mode="RGB", colour=(5, 6, 7))}, "mixed")
    dataset = load_dataset(str(mixed))
    assert dataset.image_shape == (4, 6, 3)
    assert "1 image in grey made RGB like the others" in dataset.notes


def test_conversions_are_counted_in_the_notes(make_folder: Written, png: Built) -> None:
    cmyk = png(mode="CMYK", colour=(0, 99, 99, 0), file_format="JPEG")
    notes = load_dataset(str(make_folder({"a.jpg": cmyk, "b.jpg": cmyk}))).notes
    assert "2 images converted from CMYK" in notes


def test_links_are_skipped_and_counted(make_folder: Written, png: Built, tmp_path: Path) -> None:
    folder = make_folder({"a.png": png()})
    (tmp_path / "outside.png").write_bytes(png())
    (folder / "out.png").symlink_to(tmp_path / "outside.png")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.png").symlink_to("nowhere")
    dataset = load_dataset(str(folder))
    assert dataset.train.names == ("a.png",)
    assert "skipped 3 links" in dataset.notes


def test_pipes_are_skipped_without_waiting_for_them(make_folder: Written, png: Built) -> None:
    folder = make_folder({"a.png": png()})
    os.mkfifo(folder / "pipe.png")
    assert "skipped 1 pipe, socket or device file" in load_dataset(str(folder)).notes


def test_a_pipe_given_as_data_is_refused_without_waiting(tmp_path: Path, refused: Refused) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with refused("DIR-2", "not a regular file"):
        load_dataset(str(tmp_path / "pipe.csv"))


def test_names_are_kept_as_they_are_and_shown_escaped(
    make_folder: Written, png: Built, refused: Refused
) -> None:
    folder = make_folder({"a.png": png(), "two\nlines.png": png()})
    os.rename(folder / "a.png", os.fsencode(folder) + b"/\xff\x1b.png")
    assert load_dataset(str(folder)).train.names == ("two\nlines.png", "\udcff\x1b.png")
    (folder / "two\nlines.png").write_bytes(png()[:-14])
    with refused("IMG-2", r"two\nlines.png"):
        load_dataset(str(folder))


def test_an_empty_folder_is_refused(tmp_path: Path, refused: Refused) -> None:
    with refused("DIR-1", "no images found (0 other files ignored)"):
        load_dataset(str(tmp_path))


def test_a_folder_of_other_files_is_refused_with_their_count(
    make_folder: Written, refused: Refused
) -> None:
    with refused("DIR-1", "no images found (2 other files ignored)"):
        load_dataset(str(make_folder({"a.txt": b"", "b/c.doc": b""})))


def test_a_folder_without_permission_is_refused(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(path: Path) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", forbid)
    with refused("DIR-1", "cannot be read (Permission denied)", "permissions"):
        load_dataset(str(tmp_path))


def test_a_single_image_is_no_data_set(tmp_path: Path, png: Built, refused: Refused) -> None:
    (tmp_path / "a.png").write_bytes(png())
    with refused("DIR-1", "this file is PNG"):
        load_dataset(str(tmp_path / "a.png"))


def test_a_file_that_changes_while_being_read_is_refused(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    with refused("DIR-3", "changed while being read", "nothing kept"), open_file(path):
        path.write_bytes(b"longer")


def test_a_file_that_vanishes_while_being_read_is_refused(tmp_path: Path, refused: Refused) -> None:
    with refused("DIR-3", "vanished while being read"), open_file(tmp_path / "gone.png"):
        pass


def test_a_file_swapped_for_a_link_is_not_followed(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "a.png").symlink_to("/etc/hostname")
    with refused("DIR-1", "cannot be opened"), open_file(tmp_path / "a.png", follow_links=False):
        pass


def test_class_folders_that_differ_by_case_ask_to_be_merged(
    make_folder: Written, png: Built, refused: Refused
) -> None:
    path = str(make_folder({"train/Cat/1.png": png(), "test/cat/1.png": png()}))
    with refused("DIR-4", "'Cat'", "'cat'", "--rename-class Cat=cat"):
        load_dataset(path)
    assert load_dataset(path, corrections=Corrections(renamed=(("Cat", "cat"),))).classes == (
        "cat",
    )


def test_too_many_files_are_refused(
    make_folder: Written, png: Built, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_FILES", 3)
    with refused("DIR-4", "more than 3 files"):
        load_dataset(str(make_folder({f"{i}.png": png() for i in range(4)})))


def test_a_damaged_image_is_named(make_folder: Written, png: Built, refused: Refused) -> None:
    with refused("IMG-2", "b.png", "ends early"):
        load_dataset(str(make_folder({"a.png": png(), "cat/b.png": png()[:-14]})))


def test_images_are_in_the_order_of_their_names(make_folder: Written, png: Built) -> None:
    names = [f"{i:03}.png" for i in range(30)]
    dataset = load_dataset(str(make_folder({n: png(colour=i) for i, n in enumerate(names)})))
    assert dataset.train.names == tuple(names)
    assert (dataset.train.images[:, 0, 0] == np.arange(30)).all()


def test_images_in_hidden_folders_and_under_hidden_names_are_left_out_and_counted(
    make_folder: Written, png: Built
) -> None:
    hidden = [".cats/1.png", ".cats/deep/2.png", "dog/.old/3.png", "__MACOSX/4.png"]
    no_images = ["__MACOSX/dog/._1.png", ".cats/notes.txt", "dog/.DS_Store"]
    entries = {name: png() for name in (*hidden, *no_images, "dog/1.png", "dog/.5.png")}
    dataset = load_dataset(str(make_folder(entries)))
    assert dataset.train.names == ("1.png",)
    (files, folders, macos) = dataset.notes
    assert files == "1 image with a hidden name left out"
    assert folders.startswith("4 images in hidden folders (.cats, ")
    assert all(name in folders for name in (".old", "__MACOSX"))
    assert macos == "1 file in __MACOSX ignored"


def test_a_folder_with_nothing_but_hidden_images_says_so(
    make_folder: Written, png: Built, refused: Refused
) -> None:
    folder = make_folder({f".cats/{number}.png": png() for number in range(3)})
    with refused("DIR-1", "3 images in hidden folders (.cats) left out"):
        load_dataset(str(folder))


def test_links_to_files_inside_the_folder_are_read_in_place_of_these(
    make_folder: Written, png: Built, tmp_path: Path
) -> None:
    names = ("store/1.png", "store/2.png", "store/3.png")
    folder = make_folder({name: png(colour=i) for i, name in enumerate(names)})
    (tmp_path / "outside.png").write_bytes(png())
    for name, target in (("cat/1.png", "1.png"), ("dog/2.png", "2.png"), ("dog/3.png", "3.png")):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(folder / "store" / target)
    (folder / "dog" / "out.png").symlink_to(tmp_path / "outside.png")
    (folder / "again").symlink_to(folder / "cat")
    dataset = load_dataset(str(folder))
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.names == ("cat/1.png", "dog/2.png", "dog/3.png")
    assert dataset.train.images[:, 0, 0].tolist() == [0, 1, 2]
    assert dataset.notes == ("3 links inside the folder followed", "skipped 2 links")


def test_links_to_links_that_lead_out_are_not_followed(
    make_folder: Written, png: Built, tmp_path: Path
) -> None:
    (tmp_path / "outside.png").write_bytes(png())
    folder = make_folder({"a.png": png()})
    (folder / "b.png").symlink_to(tmp_path / "outside.png")
    (folder / "c.png").symlink_to(folder / "b.png")
    (folder / "d.png").symlink_to(tmp_path / "set2" / ".." / "set" / "a.png")
    dataset = load_dataset(str(folder))
    assert dataset.train.names == ("a.png",)
    assert "skipped 3 links" in dataset.notes
