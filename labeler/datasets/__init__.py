"""Data sets: a name or a path in, a ``Dataset`` of uint8 images out.

Each line knows those above it, and none below::

    limits.py           how much one data set may ask of this machine
    classes.py          class names to class indices
    spool.py            what is read before it is kept, on disk
    originals.py        the files that images were read from
    scales.py           numbers on any scale to 0-255
    array_scale.py      numbers on the scale of those that a model learned from
    unreadable.py       files that hold data which is not read, and what to do
    base.py             what a data set is
    corrections.py      what somebody says of folders and classes
    inspection.py       what one was understood to be
    resizing.py         images of arrays to one size that is not too large
    splitting.py        a part held out to test on
    text/               what names, headers and text say
    containers/         where files lie
    pictures.py         picture files, looked at once more
    provenance.py       which labels are true, which suggestions
    listings/           what lists say of image files
    decoded_files.py    image files, read and decoded, or known from a journal
    deep_renditions.py  pictures of 16 bits on the scale of their set
    contradictions.py   one content under two classes
    image_files.py      image files to one array
    layouts/            what folders say of them
    tabular/            images as numbers
    layout.py           a folder or archive to its reader
    known/              data sets with a name of their own
    registry.py         a name or a path to its reader
    picked.py           a few image files, each named by itself
    adding.py           files that a data set does not have yet
    inspecting.py       what a path would be read as
    previewing.py       the same, with pictures and folders
"""

from labeler.datasets.base import Dataset, Split
from labeler.datasets.known.base import KnownDataset
from labeler.datasets.registry import KNOWN, known_datasets, load_dataset
from labeler.datasets.splitting import with_test_part

__all__ = [
    "KNOWN",
    "Dataset",
    "KnownDataset",
    "Split",
    "known_datasets",
    "load_dataset",
    "with_test_part",
]
