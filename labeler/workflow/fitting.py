"""Classifiers trained on a run's labels, beside the comparisons that `labeler simulate` makes.

For the same images, seed, budget, fraction and answers, the figures are exactly the simulation's:
the steps, their order and the streams of random numbers are the same.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.oracle import label_everything
from labeler.progress import SILENT, Progress, track
from labeler.propagation import answers_only, propagate_to_clusters
from labeler.query import Pool
from labeler.records import Answer, LabelingRun, LabelSet, Simulation, Stage
from labeler.report.results import results
from labeler.storage import results as result_rows
from labeler.storage.rows import AnswerSource, Result
from labeler.workflow.estimates import estimate
from labeler.workflow.pool import clusters_of, held_out_of, pool_of, prepared_of
from labeler.workflow.runs import config_of
from labeler.workflow.simulation import (
    Outcome,
    StageKey,
    as_stage,
    ask_oracle,
    train_and_score,
)
from labeler.workflow.spreading import known_accuracy
from labeler.workflow.state import RunState, given_answers, read_state
from labeler.workflow.training import LABEL_PARTS, TrainingRequest
from labeler.workflow.workspace import Transaction, Workspace


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """What a training found out, ready to be written.

    Attributes
    ----------
    test_accuracy : float or None
        Of the best of the propagated label sets; None without ground truth.
    """

    request: TrainingRequest
    revision: int
    config: Mapping[str, Any]
    metrics: Mapping[str, Any]
    test_accuracy: float | None
    artefacts: Mapping[str, str]

    def deliver(self, session: Transaction, job_id: int | None) -> Result:
        """Write it; a second time for the same job gives the first."""
        return result_rows.add(
            session,
            self.request.run_id,
            revision=self.revision,
            config=self.config,
            metrics=self.metrics,
            test_accuracy=self.test_accuracy,
            artefacts=self.artefacts,
            job_id=job_id,
        )


def train_run(ws: Workspace, request: TrainingRequest, progress: Progress = SILENT) -> TrainedRun:
    """Train and score on the answers as they stand now.

    Raises
    ------
    ConfigError
        Every answer was undone meanwhile.
    NotFoundError
    """
    started = time.perf_counter()
    state = read_state(ws, request.run_id)
    state.require_prepared()
    training = _Training(ws, state, request)
    outcomes = training.outcomes(progress)
    stages = tuple(as_stage(key, [outcome]) for key, outcome in outcomes.items())
    metrics = results(training.simulation(stages, time.perf_counter() - started))
    metrics["estimates"] = [] if stages else training.estimates(progress)
    return TrainedRun(
        request=request,
        revision=state.run.revision,
        config=metrics["config"],
        metrics=metrics,
        test_accuracy=_best(stages),
        artefacts=training.keep(list(outcomes.values())),
    )


class _Training:
    """One run at one moment, with the label sets that are to be compared."""

    def __init__(self, ws: Workspace, state: RunState, request: TrainingRequest) -> None:
        self.ws = ws
        self.state = state
        self.request = request
        self.answers = given_answers(state, pool_of(ws, state.run))
        if all(answer.label is None for answer in self.answers):
            raise ConfigError("No image is named any more; answer a question before training.")
        self.config = _config(state, request)
        self.clusters = clusters_of(ws, state.run)
        self.prepared = prepared_of(ws, state)
        self.furthest = self._spread(max(request.fractions))

    def outcomes(self, progress: Progress) -> dict[StageKey, Outcome]:
        """Each stage, in the order of the table; none where there is nothing to score on."""
        if self.prepared.test is None:
            return {}
        label_sets = dict(self._label_sets())
        return {
            key: self._train(label_set, progress)
            for key, label_set in track(label_sets.items(), progress, "Label set", len(label_sets))
        }

    def estimates(self, progress: Progress) -> list[dict[str, Any]]:
        """What can be said without ground truth, for each fraction."""
        return [
            estimate(self.prepared.X, self.answers, self.clusters, self.config, fraction, progress)
            for fraction in self.request.fractions
        ]

    def simulation(self, stages: tuple[Stage, ...], seconds: float) -> Simulation:
        """The figures in the shape that every report understands."""
        return Simulation(
            dataset=self.state.dataset.name,
            preset=self.state.run.preset,
            classifier=self.config.classifier,
            classes=self.prepared.classes,
            seeds=(self.config.seed,),
            config=self.config.as_dict(),
            stages=stages,
            seconds=seconds,
            notes=tuple(self._notes()),
            sample=LabelingRun(self.config.seed, self.clusters, self.answers, self.furthest),
        )

    def keep(self, outcomes: list[Outcome]) -> dict[str, str]:
        """The arrays behind the figures: labels, answers, every prediction."""
        arrays = {part: getattr(self.furthest, part) for part in LABEL_PARTS}
        arrays["answers"] = _answer_table(self.answers)
        for number, outcome in enumerate(outcomes):
            arrays[f"predictions.{number}"] = outcome.predictions
        if self.prepared.test is not None:
            arrays["test.labels"] = self.prepared.test.labels
            arrays["test"] = np.asarray(held_out_of(self.ws, self.state.run))
        return self.ws.artefacts.save_all(arrays)

    def _label_sets(self) -> Iterator[tuple[StageKey, LabelSet]]:
        n_images, n_labels = len(self.prepared.pool), self.config.n_labels
        truth_known = bool(self.prepared.pool.is_labeled.any())
        compared = self.request.comparisons and truth_known
        if compared:
            yield StageKey("random", n_labels), answers_only(self._random(), n_images)
        yield StageKey("representatives", n_labels), answers_only(self.answers, n_images)
        for fraction in self.request.fractions:
            yield StageKey("propagated", n_labels, fraction, "cluster"), self._spread(fraction)
        if compared:
            everything = label_everything(self.prepared.pool.labels)
            yield StageKey("supervised", len(everything.labeled)), everything

    def _random(self) -> tuple[Answer, ...]:
        nothing_asked = Pool(self.clusters, np.zeros(len(self.prepared.pool), dtype=bool))
        return ask_oracle(self.prepared, nothing_asked, self.config, "random", self.config.n_labels)

    def _spread(self, fraction: float) -> LabelSet:
        return propagate_to_clusters(self.answers, self.clusters, fraction)

    def _train(self, label_set: LabelSet, progress: Progress) -> Outcome:
        outcome = train_and_score(self.prepared, label_set, self.config, progress)
        known = known_accuracy(label_set, self.prepared.pool.labels)
        return replace(outcome, label_accuracy=float("nan") if known is None else known)

    def _notes(self) -> Iterator[str]:
        yield from self.state.run.settings.get("notes", ())
        n_open = len(self.state.questions) - self.state.n_given
        if n_open:
            yield f"{n_open:,} of {len(self.state.questions):,} questions have no answer yet."
        if self.prepared.test is None:
            yield "No ground truth to test with: no accuracy can be known."


def _config(state: RunState, request: TrainingRequest) -> RunConfig:
    """The run's settings, with as many labels as were asked for until now.

    With every question answered that is the budget, whatever the number of clusters, as in a
    simulation. A person is compared with random labels that have no error in them.
    """
    config = config_of(state.run)
    complete = state.n_given == len(state.questions)
    by_oracle = state.run.answerer is AnswerSource.ORACLE
    return config.with_(
        n_labels=state.run.budget if complete else state.n_given,
        fractions=request.fractions,
        classifier=request.classifier,
        error_rate=config.error_rate if by_oracle else 0.0,
    )


def _best(stages: tuple[Stage, ...]) -> float | None:
    spread = [stage.test_accuracy.mean for stage in stages if stage.stage == "propagated"]
    return max(spread, default=None)


def _answer_table(answers: Sequence[Answer]) -> np.ndarray:
    """One row for each answer: place in the pool, cluster, label, source; -1 for none."""
    rows = [
        (
            answer.question.image,
            -1 if answer.question.cluster is None else answer.question.cluster,
            -1 if answer.label is None else answer.label,
            int(answer.source),
        )
        for answer in answers
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)
