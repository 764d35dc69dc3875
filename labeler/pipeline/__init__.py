"""A run in memory: what the steps are put together to, for simulations and for runs that are kept.

It knows the steps of ``learning/`` and the data sets, and neither database nor pages.

::

    fitting.py        what has learned to turn images into features, now or another time
    chosen_features.py
                      which features auto stands for
    features_at_hand.py
                      whether features can be had at all
    looking.py        what networks see in originals
    embedding_rows.py vectors that were made elsewhere, found for their images
    describing.py     images into features, by what these are called
    simulated_dataset.py
                      what a simulation works on: known truth, and a test part held out
    preparation.py    images turned into features and a graph
    added_features.py features of images that come later
    references.py     what tells how far new images are from a pool
    round_names.py    what chose each round of questions
    questions.py      what is asked, and how it is spread: by oracle and by person
    question_rounds.py
                      its rounds of questions, each chosen by the answers before it
    oracle_answers.py the oracle's questions and answers, round by round
    stages.py         the rows of the table: ways to use as many labels
    simulated_audit.py
                      audits of labels whose truth is known
    simulated_review.py
                      the most doubtful labels, looked at by an oracle
    simulation.py     the whole path with an oracle, measured          (labeler simulate)
    out_of_sample.py  what a classifier says that has not seen the label
    left_out.py       answers left out in turn, and what labels claim of them
    estimates.py      what can be said without ground truth
    best_use.py       which use of the answers is taken, by those that are left out
    signs.py          what a verdict on the labels rests on
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeler.pipeline.preparation import Prepared, prepare
    from labeler.pipeline.simulated_dataset import as_simulated
    from labeler.pipeline.simulation import simulate

__all__ = ["Prepared", "as_simulated", "prepare", "simulate"]

_HOMES = {
    "Prepared": "preparation",
    "as_simulated": "simulated_dataset",
    "prepare": "preparation",
    "simulate": "simulation",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and scikit-learn with it, only then: listing runs needs none."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
