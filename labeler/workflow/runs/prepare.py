"""A run made ready for its questions: images chosen, features, clusters, representatives."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from labeler.config import RunConfig
from labeler.datasets import Dataset, Split
from labeler.pipeline.fitting import recipe
from labeler.pipeline.oracle_answers import ask_in_rounds
from labeler.pipeline.preparation import (
    CLUSTER_ARRAYS,
    GRAPH_ARRAYS,
    ImageNumbers,
    PoolArrays,
    Prepared,
    cut_name,
    graph_from,
)
from labeler.pipeline.questions import first_questions
from labeler.pipeline.round_names import later_round
from labeler.progress import SILENT, Progress
from labeler.records import Clusters, Question
from labeler.storage import datasets as dataset_rows
from labeler.storage import questions as question_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import AnswerSource, NewQuestion, RunRow
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.storage.settings import SettingsChange
from labeler.workflow.array_names import Array, derived
from labeler.workflow.arrays import clusters_from
from labeler.workflow.budgets import config_of
from labeler.workflow.datasets import as_dataset, take_numbers
from labeler.workflow.selection import Selection, select
from labeler.workflow.workspace import Transaction, Workspace

FIRST_ROUND = 0
_OPTIMAL_ORDER_UP_TO = 500
"""Ordering the contact sheet's leaves optimally costs time with the square of their number."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """What a run is given before its first question, ready to be written.

    Attributes
    ----------
    notes : tuple of str
        What was left out or held out, and what is to be known of the features.
    later : tuple of tuple of NewQuestion
        The rounds that an oracle's answers lead to; a person's answers are not known yet.
    """

    dataset_artefacts: Mapping[str, str]
    run_artefacts: Mapping[str, str]
    settings: SettingsChange
    notes: tuple[str, ...]
    questions: tuple[NewQuestion, ...]
    later: tuple[tuple[NewQuestion, ...], ...]

    def deliver(self, session: Transaction, run: RunRow) -> None:
        """Write it all in one transaction."""
        if self.dataset_artefacts:
            dataset_rows.set_artefacts(session, run.dataset_id, self.dataset_artefacts)
        notes = dict.fromkeys((*run.settings.notes, *self.notes))
        settings = self.settings | {"notes": list(notes)}
        run_rows.update_run(session, run.id, settings=settings, artefacts=self.run_artefacts)
        question_rows.add(session, run.id, FIRST_ROUND, self.questions)
        plan = config_of(run).plan
        for number, questions in enumerate(self.later):
            question_rows.add_round(session, run.id, later_round(plan, number), questions)


def prepare_questions(
    ws: Workspace,
    dataset: ImportedDataset,
    config: RunConfig,
    answerer: AnswerSource,
    progress: Progress = SILENT,
) -> Preparation:
    """Choose the images of a run, compute features and clusters, draw up the questions.

    Parameters
    ----------
    ws : Workspace
    dataset : Dataset of the storage layer
    config : RunConfig
        ``n_labels`` is the budget, and the number of clusters.
    answerer : AnswerSource
    progress : Progress

    Raises
    ------
    GroundTruthError
        An oracle is to answer, without enough ground truth.
    """
    chosen = select(ws, dataset, config.seed, answerer)
    cache = DerivedArrays(ws, dataset, chosen, config)
    arrays = cache.features(progress)
    if config.needs_graph:
        arrays |= cache.graph(arrays[Array.FEATURES], progress)
    arrays |= cache.clusters(arrays[Array.FEATURES], progress)
    clusters = clusters_from(ws, arrays)
    first = first_questions(clusters, ws.array(arrays["features"]), config)
    later: tuple[tuple[Question, ...], ...] = ()
    if answerer is AnswerSource.ORACLE and config.n_second_rounds:
        later = _rounds_of_oracle(ws, dataset, chosen, arrays, config, progress)
    asked = (*first, *chain.from_iterable(later))
    return Preparation(
        dataset_artefacts=cache.made,
        run_artefacts={**arrays, **_keep(ws, chosen, arrays[Array.FEATURES], asked)},
        settings=_settings(chosen),
        notes=(*chosen.notes, *cache.notes),
        questions=tuple(_new_question(question, clusters, chosen) for question in first),
        later=tuple(
            tuple(_new_question(question, clusters, chosen) for question in one_round)
            for one_round in later
        ),
    )


def _rounds_of_oracle(
    ws: Workspace,
    dataset: ImportedDataset,
    chosen: Selection,
    arrays: Mapping[str, str],
    config: RunConfig,
    progress: Progress,
) -> tuple[tuple[Question, ...], ...]:
    """What the oracle will be asked when it has answered the first questions, round by round."""
    truth = np.asarray(ws.array(dataset.artefacts[Array.POOL_LABELS]))[chosen.pool]
    blank = np.broadcast_to(np.uint8(0), (len(truth), 1, 1))
    graph = graph_from({name: ws.array(arrays[name]) for name in GRAPH_ARRAYS.values()})
    X = ws.array(arrays[Array.FEATURES])
    prepared = Prepared(dataset.classes, Split(blank, truth), None, X, None, graph)
    _, *later = ask_in_rounds(prepared, clusters_from(ws, arrays), config, progress)
    return tuple(tuple(answer.question for answer in answers) for answers in later)


class DerivedArrays:
    """Features, graph and clusters, named by the data set under all that they depend on.

    What it does not name yet is looked for where simulations leave theirs, too.

    Attributes
    ----------
    made : dict of str to str
        What was not there yet: name to array, to be added to the data set's.
    notes : tuple of str
        What is to be known of features that were computed now.
    """

    def __init__(
        self, ws: Workspace, dataset: ImportedDataset, chosen: Selection, config: RunConfig
    ) -> None:
        self.ws = ws
        self.dataset = dataset
        self.chosen = chosen
        self.config = config
        self.made: dict[str, str] = {}
        self.notes: tuple[str, ...] = ()
        key = hashlib.sha256(recipe(config).encode())
        for numbers in (chosen.pool, chosen.test):
            key.update(b"|" if numbers is None else numbers.tobytes())
        self.key = key.hexdigest()[:16]

    def features(self, progress: Progress) -> dict[str, str]:
        """The arrays of features by name; learned from the pool alone."""
        names = [Array.FEATURES]
        if self.chosen.test is not None:
            names.append(Array.TEST_FEATURES)
        known = self._find(names, self.key)
        if known is not None:
            return known
        arrays = self._of_pool.features(progress)
        self.notes = self._of_pool.notes
        return self._add(arrays, self.key, "")

    def graph(self, features: str, progress: Progress) -> dict[str, str]:
        """The arrays that make up the graph of neighbours, by name."""
        return self._once(
            GRAPH_ARRAYS.values(),
            self.key,
            lambda: self._of_pool.graph(self.ws.artefacts.load(features), progress),
        )

    def clusters(self, features: str, progress: Progress) -> dict[str, str]:
        """The arrays that make up the clusters, by name."""
        n_clusters, config = self.config.n_first, self.config
        return self._once(
            CLUSTER_ARRAYS.values(),
            f"{self.key}:{n_clusters}:{config.seed}",
            lambda: self._of_pool.clusters(
                np.asarray(self.ws.array(features)), n_clusters, config, progress
            ),
            cut_name(n_clusters, config),
        )

    @cached_property
    def _of_pool(self) -> PoolArrays:
        images = chosen_images(as_dataset(self.ws, self.dataset), self.chosen)
        counts = self.dataset.counts
        numbers = ImageNumbers(self.chosen.pool, self.chosen.test, counts["pool"], counts["test"])
        return PoolArrays(images, self.config, numbers, self.ws.feature_cache)

    def _once(
        self,
        names: Collection[str],
        key: str,
        compute: Callable[[], Mapping[str, np.ndarray]],
        cut: str = "",
    ) -> dict[str, str]:
        known = None if self.notes else self._find(names, key)
        return known or self._add(compute(), key, cut)

    def _find(self, names: Collection[str], key: str) -> dict[str, str] | None:
        artefacts = self.dataset.artefacts
        if any(derived(name, key) not in artefacts for name in names):
            return None
        return {name: artefacts[derived(name, key)] for name in names}

    def _add(self, arrays: Mapping[str, np.ndarray], key: str, cut: str) -> dict[str, str]:
        references = self.ws.artefacts.save_all(arrays)
        if self.notes:  # another run may see more, of an original that is back
            return references
        store = self.ws.artefacts
        self._of_pool.share({name: store.path(kept) for name, kept in references.items()}, cut)
        self.made |= {derived(name, key): reference for name, reference in references.items()}
        return references


def chosen_images(dataset: Dataset, chosen: Selection) -> Dataset:
    """The images that were chosen, the pool as the data set's ``train`` part."""
    return Dataset(
        dataset.name,
        dataset.classes,
        take_numbers(dataset, chosen.pool),
        None if chosen.test is None else take_numbers(dataset, chosen.test),
    )


def _new_question(question: Question, clusters: Clusters, chosen: Selection) -> NewQuestion:
    size = 1 if question.cluster is None else int(clusters.sizes[question.cluster])
    return NewQuestion(int(chosen.pool[question.image]), question.cluster, size)


def sheet_order(
    ws: Workspace, sheet: str, X: np.ndarray, asked: tuple[Question, ...], pool: np.ndarray
) -> str:
    """Later questions put on the contact sheet, behind those that are on it already."""
    later = pool[_sheet(X, asked)] if asked else np.empty(0, dtype=pool.dtype)
    return ws.artefacts.save(np.concatenate([ws.array(sheet), later]))


def _sheet(X: np.ndarray, asked: tuple[Question, ...]) -> np.ndarray:
    """Places of the images asked about, look-alikes side by side: the leaves of a tree."""
    from scipy.cluster.hierarchy import leaves_list, linkage  # what no page waits for

    places = np.array([question.image for question in asked])
    if len(places) <= 2:
        return places
    optimal = len(places) <= _OPTIMAL_ORDER_UP_TO
    tree = linkage(X[places], "average", optimal_ordering=optimal)
    ordered: np.ndarray = places[leaves_list(tree)]
    return ordered


def _keep(
    ws: Workspace, chosen: Selection, features: str, asked: tuple[Question, ...]
) -> dict[str, str]:
    sheet = chosen.pool[_sheet(ws.array(features), asked)]
    arrays: dict[str, np.ndarray] = {Array.POOL: chosen.pool, Array.SHEET: sheet}
    if chosen.test is not None:
        arrays[Array.TEST] = chosen.test
    return ws.artefacts.save_all(arrays)


def _settings(chosen: Selection) -> SettingsChange:
    return {
        "n_pool": len(chosen.pool),
        "n_test": 0 if chosen.test is None else len(chosen.test),
    }
