"""The use cases: the only place where the steps meet. Front ends call these and nothing below.

::

    simulation.py   the whole path with an oracle, measured          (labeler simulate)
    asking.py       the oracle's questions and answers, round by round
    stages.py       the rows of the table: ways to use as many labels
    preparation.py  a test part held out, images turned into features and a graph
    phases.py       what is asked, and how it is spread: by oracle and by person

    workspace.py    where a use case works: folder, database, arrays
    datasets.py     data sets read once and kept                     ┐
    runs.py         runs made, listed, copied, deleted               │
    labeling.py     questions, answers, undo, classes                │ what a person does,
    choosing.py     the next questions, chosen by the answers so far │
    images.py       images by number, as PNG                         │ in the browser or the
    spreading.py    answers spread over clusters or the graph        │ terminal
    training.py     a training asked for                             │
    reporting.py    the newest figures, the clusters worst first     │
    exporting.py    the label set as a file                          │
    importing.py    labels from a file, and what they suggest        ┘
    export_request.py, manifest.py, export_jobs.py
                    what is to be exported, what is told of it, large sets in the background
    matching.py, import_plan.py, suggestions.py, past_imports.py
                    which image a row is about, what a file would do, what it suggests, its undo
    regrouping.py   clusters of a run split, merged, taken back (regrouping_plans.py, lineage.py)
    cluster_views.py, cluster_cards.py
                    the clusters as a screen shows them, and what it is given
    exploring.py    how many clusters, and what is in them           (labeler explore)
    subjects.py, kept_surveys.py, exploration_jobs.py
                    what can be explored, what was found out before, asking for it from a page
    jobs.py         long steps looked at, cancelled, asked for again
    handlers.py     what each kind of job does (preparing.py, answering.py, fitting.py)
    inline.py       a job done here and now, for the command line
    estimates.py    what can be said without ground truth
    upkeep.py       backups, and what is wrong with the database

    state.py        a run at one moment, read in one transaction
    standing.py     which question speaks for which cluster
    budgets.py      how many questions a run asks
    taken_labels.py which answers are labels that the images came with
    pool.py         its images, clusters, graph and features as arrays
    rounds.py       what chose each round of its questions
    views.py        the records that front ends are given
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeler.workflow.preparation import Prepared, as_simulated, prepare
    from labeler.workflow.simulation import simulate

__all__ = ["Prepared", "as_simulated", "prepare", "simulate"]

_HOMES = {
    "Prepared": "preparation",
    "as_simulated": "preparation",
    "prepare": "preparation",
    "simulate": "simulation",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and scikit-learn with it, only then: listing runs needs none."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
