"""How many questions a run asks: those of its budget, in rounds, and none that was imported."""

from labeler.config import RunConfig
from labeler.pipeline.rounds import n_chosen
from labeler.storage.rows import IMPORTED_ROUND, Run, RunSummary
from labeler.workflow.state import RunState


def config_of(run: Run) -> RunConfig:
    """The run's settings as the steps take them."""
    return RunConfig.from_dict(run.config)


def most_questions(state: RunState) -> int:
    """Questions that a run may have: those of its budget, and those that came with an answer."""
    _, n_imported = count_asked(state)
    most: int = min(state.run.budget + n_imported, state.run.settings["n_pool"])
    return most


def config_of_budget(run: Run) -> RunConfig:
    """``config_of`` with as many labels as the run may ask for now: its budget may be raised."""
    return config_of(run).with_(n_labels=run.budget)


def awaits_round(state: RunState) -> bool:
    """Whether further questions will be chosen by the answers so far."""
    n_asked, n_imported = count_asked(state)
    return questions_in_all(state.run, n_asked, n_imported) > n_asked


def count_asked(state: RunState) -> tuple[int, int]:
    """Questions that were asked; and images whose answer was imported, which nobody is asked."""
    n_imported = sum(question.round == IMPORTED_ROUND for question in state.questions)
    return len(state.questions) - n_imported, n_imported


def questions_of(summary: RunSummary) -> int:
    """``questions_in_all`` of a run as lists of runs have it."""
    return questions_in_all(summary.run, summary.n_questions, summary.n_imported)


def questions_in_all(run: Run, n_asked: int, n_imported: int) -> int:
    """Questions that a run asks: those of now, and those that are still to be chosen."""
    is_prepared = "clusters.labels" in run.artefacts and n_asked > 0
    if not is_prepared or n_chosen(run.settings) >= config_of_budget(run).n_second_rounds:
        return n_asked
    n_pool: int = run.settings["n_pool"]
    return max(n_asked, min(run.budget, n_pool - n_imported))
