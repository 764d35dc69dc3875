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
``storage/``, with ``jobs/`` for what takes long; ``cli/`` and ``web/`` are thin front ends.
``estimators/`` has the steps for Python, as scikit-learn has them, and ``notebook/`` runs that are
kept; ``load_model`` opens a model. ``imaging/`` reads and draws pictures, ``sandbox/`` starts
processes.
What every layer shares::

    config.py       what a run is asked to do, validated once
    feature_names.py
                    what features can be called
    plugins.py      which strategies, propagations, classifiers, features and formats there are
    records/        the plain records that pass between the layers, and what was found out as JSON
    typed_json.py   JSON by declaration
    words.py        how figures and names are written
    exceptions.py   the errors raised on purpose
    progress.py     how far a long step is, whoever listens
    journal.py      what a long step found out, for when it is cut off
    files.py        files that are whole or not there
    npy.py          arrays in files, read by any number of threads
    locations.py    where Labeler's own files are

Beside ``cli/`` and ``web/`` stands ``__main__.py``. Nothing heavy is imported here, but when it is
asked for: ``labeler --help`` must stay instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeler.estimators.features import ImageFeatures
    from labeler.estimators.few_labels import FewLabels
    from labeler.estimators.propagation import ClusterPropagation, GraphPropagation
    from labeler.estimators.queries import QueryStrategy
    from labeler.notebook import LabelWidget, OpenRun, create_run, open_run
    from labeler.prediction.loaded import load_model

__version__ = "0.1.0"

_HOMES = {
    "labeler.estimators.features": ("ImageFeatures",),
    "labeler.estimators.few_labels": ("FewLabels",),
    "labeler.estimators.propagation": ("ClusterPropagation", "GraphPropagation"),
    "labeler.estimators.queries": ("QueryStrategy",),
    "labeler.notebook": ("LabelWidget", "OpenRun", "create_run", "open_run"),
    "labeler.prediction.loaded": ("load_model",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ClusterPropagation",
    "FewLabels",
    "GraphPropagation",
    "ImageFeatures",
    "LabelWidget",
    "OpenRun",
    "QueryStrategy",
    "__version__",
    "create_run",
    "load_model",
    "open_run",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for, and NumPy or scikit-learn with it, only then."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """All that can be asked for, imported or not."""
    return sorted({*globals(), *_HOME_OF})
