"""A folder for each class, with its images: for Keras, torchvision and most trainers.

Loaders number the folders that are there by the alphabet. So every class has its folder on every
side, even if no image is in it, and a class has the same number everywhere: on both sides, and in
a set of a few classes as in one of all. ``folders.txt`` lists the folders in the original order, to
be given to a loader that takes an order; ``classes.txt`` the names of the classes in it, as they
were before they became folder names. Images without a label are left out. ``provenance.csv``
tells where each label came from, and in ``written_as`` which file here it is about.
"""

from collections.abc import Iterator, Sequence

from labeler.formats.base import File, Format, HeldOut, Images, Options
from labeler.formats.csv import csv_chunks
from labeler.formats.images import image_files
from labeler.formats.names import folder_names, lines
from labeler.formats.own_names import image_names
from labeler.formats.rows import LabelRows, Side

NAME = "imagefolder"
PLACE = 6
PURPOSE = "For Keras and torchvision: a folder for each class, its images inside."


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    folders = folder_names(rows.classes)
    yield File("classes.txt", [lines(rows.class_names)])
    for side, _ in rows.sides():
        place = _place(rows, side)
        yield File(f"{place}folders.txt", [lines(folders)])
        for folder in folders:
            yield File(f"{place}{folder}/")
    images = _images(rows, folders)
    yield from image_files(rows, options, images)
    yield File("provenance.csv", csv_chunks(rows, options, images))


def _images(rows: LabelRows, folders: Sequence[str]) -> list[str]:
    """Where each image is in the set."""
    labels, places = rows.label_set.labels.tolist(), {side: _place(rows, side) for side in Side}
    holding = [
        f"{places[Side(code)]}{folders[label]}"
        for code, label in zip(rows.codes.tolist(), labels, strict=True)
    ]
    names = image_names(rows, holding)
    return [f"{folder}/{name}" for folder, name in zip(holding, names, strict=True)]


def _place(rows: LabelRows, side: Side) -> str:
    return f"{side.folder}/" if rows.has_sides else ""


IMAGEFOLDER = Format(
    name=NAME,
    title="Folders by class",
    purpose=PURPOSE,
    loading='keras.utils.image_dataset_from_directory("SET", '
    'class_names=open("SET/folders.txt").read().splitlines())',
    files=_files,
    loading_sides='keras.utils.image_dataset_from_directory("SET/train", '
    'class_names=open("SET/train/folders.txt").read().splitlines())',
    images=Images.ALWAYS,
    held_out=HeldOut.ASKED,
    has_csv=True,
    labeled_only=True,
)
