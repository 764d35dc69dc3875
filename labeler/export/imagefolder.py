"""A folder for each class, with its images: for Keras, torchvision and most trainers.

Loaders number folders by the alphabet. ``folders.txt`` lists those of a side in the original
order, to be given to a loader that takes an order; ``classes.txt`` the names of all classes in
it, as they were before they became folder names. Images without a label are left out, and no
folder is empty. ``provenance.csv`` tells where each label came from.
"""

from collections.abc import Iterator

from labeler.export.base import File, Format, Images, Options
from labeler.export.csv import csv_chunks
from labeler.export.images import image_files
from labeler.export.names import folder_names, lines
from labeler.export.rows import LabelRows


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File("classes.txt", [lines(rows.class_names)])
    for side, part in rows.sides():
        yield from _side("" if rows.is_validation is None else f"{side}/", part, options)
    yield File("provenance.csv", csv_chunks(rows, options))


def _side(place: str, rows: LabelRows, options: Options) -> Iterator[File]:
    folders = folder_names(rows.classes)
    labels = rows.label_set.labels.tolist()
    present = [folders[label] for label in sorted(set(labels))]
    yield File(f"{place}folders.txt", [lines(present)])
    yield from image_files(rows, options, lambda row: f"{place}{folders[labels[row]]}")


IMAGEFOLDER = Format(
    name="imagefolder",
    title="Folders by class",
    purpose="For Keras and torchvision: a folder for each class, its images inside.",
    loading='keras.utils.image_dataset_from_directory("SET", '
    'class_names=open("SET/folders.txt").read().splitlines())',
    files=_files,
    images=Images.ALWAYS,
    labeled_only=True,
)
