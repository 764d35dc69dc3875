"""Labeler: name a hundred images, label them all.

The path of one label, and the module that takes each step::

    dataset       datasets/                    a name or a path in, images (and true labels) out
    features      learning/features/           images in, vectors out
    clustering    learning/clustering.py       k-means, and the image nearest each centroid
    exploration   learning/cluster_analysis/   how many clusters, and what is in them
    query         learning/query/              which images to ask about
    answers       learning/oracle.py           the simulated annotator
    propagation   learning/propagation/        a few answers in, many labels out
    training      learning/classifiers/        logistic regression, or a neural net
    evaluation    learning/evaluation.py       accuracies and their intervals
    report        report/                      tables, plots, one HTML page
    export        formats/                     the label set, each row saying whence its label came
    prediction    prediction/                  a model's file, and new pictures named by it
    (and back)    formats/reading/             labels read from such files

``pipeline/`` puts the steps together in memory; ``workflow/`` does so for runs that are kept in
``storage/``, with ``jobs/`` for what takes long; ``cli/`` and ``web/`` are thin front ends, and
``open_run`` opens a run in a notebook, ``load_model`` a model. ``imaging/`` reads and draws
pictures, ``sandbox/`` starts processes.
What every layer shares::

    config.py       what a run is asked to do, validated once
    feature_names.py
                    what features can be called
    plugins.py      which strategies, propagations, classifiers, features and formats there are
    records.py      the plain records that pass between the layers
    label_quality.py
                    those of how right labels are
    results.py      what was found out, as JSON
    typed_json.py   JSON by declaration
    words.py        how figures and names are written
    exceptions.py   the errors raised on purpose
    progress.py     how far a long step is, whoever listens
    journal.py      what a long step found out, for when it is cut off
    files.py        files that are whole or not there
    locations.py    where Labeler's own files are

Beside ``cli/`` and ``web/`` stand ``notebook.py`` and ``__main__.py``. Nothing heavy is imported
here: ``labeler --help`` must stay instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeler.notebook import open_run
    from labeler.prediction.loaded import load_model

__version__ = "0.1.0"
__all__ = ["__version__", "load_model", "open_run"]

_HOMES = {"load_model": "labeler.prediction.loaded", "open_run": "labeler.notebook"}


def __getattr__(name: str) -> Any:
    """Import what notebooks ask for, and NumPy with it, only then."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
