"""How many questions a run asks: those of its budget, in rounds, and none that was imported."""

from collections.abc import Iterable

from labeler.config import RunConfig
from labeler.storage.rows import IMPORTED_ROUND, AskedQuestion, RunRow, RunSummary
from labeler.workflow.array_names import has_clusters


def config_of(run: RunRow) -> RunConfig:
    """The run's settings as the steps take them."""
    return RunConfig.from_dict(run.config)


def config_of_budget(run: RunRow) -> RunConfig:
    """``config_of`` with as many labels as the run may ask for now: its budget may be raised."""
    return config_of(run).with_(n_labels=run.budget)


def count_imported(questions: Iterable[AskedQuestion]) -> int:
    """Images whose answer was imported, which nobody is asked."""
    return sum(question.round == IMPORTED_ROUND for question in questions)


def questions_of(summary: RunSummary) -> int:
    """``questions_in_all`` of a run as lists of runs have it."""
    return questions_in_all(summary.run, summary.n_questions, summary.n_imported)


def questions_in_all(run: RunRow, n_asked: int, n_imported: int) -> int:
    """Questions that a run asks: those of now, and those that are still to be chosen."""
    is_prepared = has_clusters(run.artefacts) and n_asked > 0
    if not is_prepared or run.n_rounds >= config_of_budget(run).n_second_rounds:
        return n_asked
    return max(n_asked, min(run.budget, run.settings.n_pool - n_imported))
