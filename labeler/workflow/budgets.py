"""How many questions a run asks: those of its budget, in rounds, and none that was imported."""

from collections.abc import Iterable

from labeler.config import RunConfig
from labeler.storage import runs as run_rows
from labeler.storage.rows import IMPORTED_ROUND, AskedQuestion, RunRow, RunSummary
from labeler.workflow.array_names import has_clusters
from labeler.workflow.workspace import Transaction


def config_of(run: RunRow) -> RunConfig:
    """The run's settings as the steps take them."""
    return RunConfig.from_dict(run.config)


def config_of_budget(run: RunRow) -> RunConfig:
    """``config_of`` with as many labels as the run may ask for now: its budget may be raised."""
    return config_of(run).with_(n_labels=run.budget)


def rounds_in_all(run: RunRow) -> int:
    """Rounds of the second phase: those planned, and those that ``choose_again`` added."""
    return config_of_budget(run).n_second_rounds + run.settings.n_rounds_again


def choose_again(session: Transaction, run_id: str) -> None:
    """Have the budget filled up, of which questions went with their images.

    The next round does that if one is to come anyway; else there is one more.
    """
    run = run_rows.hold(session, run_id)
    if run.n_rounds >= rounds_in_all(run):
        n_again = run.n_rounds + 1 - config_of_budget(run).n_second_rounds
        run_rows.update_run(session, run_id, settings={"n_rounds_again": n_again})


def count_not_asked(questions: Iterable[AskedQuestion]) -> int:
    """Images that nobody is asked: their answer was imported, or their label was looked at."""
    return sum(question.round == IMPORTED_ROUND for question in questions)


def questions_of(summary: RunSummary) -> int:
    """``questions_in_all`` of a run as lists of runs have it."""
    n_not_asked = summary.n_imported + summary.n_reviewed
    return questions_in_all(summary.run, summary.n_questions, n_not_asked)


def questions_in_all(run: RunRow, n_asked: int, n_not_asked: int) -> int:
    """Questions that a run asks: those of now, and those that are still to be chosen."""
    is_prepared = has_clusters(run.artefacts) and n_asked > 0
    if not is_prepared or run.n_rounds >= rounds_in_all(run):
        return n_asked
    return max(n_asked, min(run.budget, run.settings.n_pool - n_not_asked))
