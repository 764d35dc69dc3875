"""A folder for each class, with its images: for Keras, torchvision and most trainers.

Loaders number the folders that are there by the alphabet. So every class has its folder on every
side, even if no image is in it, and a class has the same number everywhere: on both sides, and in
a set of a few classes as in one of all. ``folders.txt`` lists the folders in the original order, to
be given to a loader that takes an order; ``classes.txt`` the names of the classes in it, as they
were before they became folder names. Images without a label are left out. ``provenance.csv``
tells where each label came from.
"""

from collections.abc import Iterator

from labeler.formats.base import File, Format, HeldOut, Images, Options
from labeler.formats.csv import csv_chunks
from labeler.formats.images import image_files
from labeler.formats.names import folder_names, lines
from labeler.formats.rows import LabelRows

NAME = "imagefolder"
PLACE = 6
PURPOSE = "For Keras and torchvision: a folder for each class, its images inside."


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File("classes.txt", [lines(rows.class_names)])
    for side, part in rows.sides():
        yield from _side(f"{side.folder}/" if rows.has_sides else "", part, options)
    yield File("provenance.csv", csv_chunks(rows, options))


def _side(place: str, rows: LabelRows, options: Options) -> Iterator[File]:
    folders = folder_names(rows.classes)
    labels = rows.label_set.labels.tolist()
    yield File(f"{place}folders.txt", [lines(folders)])
    for folder in folders:
        yield File(f"{place}{folder}/")
    yield from image_files(rows, options, lambda row: f"{place}{folders[labels[row]]}")


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
