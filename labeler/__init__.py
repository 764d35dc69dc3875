"""Labeler: name a hundred images, label them all.

The path of one label, and the module that takes each step::

    dataset       datasets/        a name or a path in, images (and true labels) out
    features      features/        images in, vectors out
    clustering    clustering.py    k-means, and the image nearest each centroid
    exploration   exploration/     how many clusters, and what is in them
    query         query.py         which images to ask about
    answers       oracle.py        the simulated annotator
    propagation   propagation.py   a few answers in, many labels out
    training      classifiers.py   logistic regression, or a neural net
    evaluation    evaluation.py    accuracies and their intervals
    report        report/          tables, plots, one HTML page
    export        export/          the label set, each row saying where its label came from
    (and back)    label_files/     labels read from such files

``open_run`` opens a run in a notebook.
``workflow/`` is the only place where the steps meet; ``cli/`` and ``web/`` are thin front ends.
``exceptions.py``, ``records.py`` and ``config.py`` hold the words that every layer shares.
Nothing heavy is imported here: ``labeler --help`` must stay instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeler.notebook import open_run

__version__ = "0.1.0"
__all__ = ["__version__", "open_run"]


def __getattr__(name: str) -> Any:
    """Import the notebook's functions, and NumPy with them, only when they are asked for."""
    if name != "open_run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("labeler.notebook").open_run
