"""Figures of trainings: none, and as Labeler 0.1.0 wrote them into a row."""

from typing import Any

from labeler.records.results import Results

NO_FIGURES = Results(
    dataset="animals",
    preset="classic",
    classifier="logistic",
    seeds=(0,),
    config={},
    stages=(),
    seconds=0.5,
    version="0.2.0",
    classes=("cat", "dog", "cow"),
    notes=(),
)

RELEASED_STAGE: dict[str, Any] = {
    "stage": "propagated",
    "n_labels": 2,
    "fraction": 0.2,
    "method": "cluster",
    "n_train": 4,
    "label_accuracy": None,
    "test_accuracy": {"mean": 0.75, "ci95": None, "per_seed": [0.75]},
    "seconds": 1,
    "per_class": [
        {"class": "cat", "precision": None, "recall": 0.0, "f1": None, "support": 1},
        {"class": "dog", "precision": 0.75, "recall": 1.0, "f1": 0.857, "support": 3},
    ],
    "confusion": [[0, 1], [0, 3]],
}
RELEASED: dict[str, Any] = {
    "dataset": "zoo",
    "preset": "classic",
    "classifier": "nn",
    "seeds": [3],
    "config": {"n_labels": 2, "fractions": [0.2], "classifier": "nn", "seed": 3},
    "stages": [RELEASED_STAGE],
    "seconds": 2.5,
    "version": "0.1.0",
    "classes": ["cat", "dog"],
    "notes": ["1 of 3 questions have no answer yet."],
    "estimates": [],
}
