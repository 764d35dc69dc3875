"""Classifiers trained on a run's labels, beside the comparisons that `labeler simulate` makes.

For the same images, seed, budget, fraction and answers, the figures are exactly the simulation's:
the steps, their order and the streams of random numbers are the same.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import structs

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.learning.ensemble import Ensemble
from labeler.learning.figures import label_accuracy
from labeler.learning.oracle import label_everything
from labeler.learning.propagation import answers_only
from labeler.pipeline.best_use import (
    ANSWERS,
    alone_key,
    choose_use,
    chosen_key,
    describe_choices,
    ensemble_of,
    score_choice,
)
from labeler.pipeline.estimates import estimate, estimate_confident
from labeler.pipeline.left_out import spread_without
from labeler.pipeline.oracle_answers import draw_at_random
from labeler.pipeline.preparation import CLUSTER_ARRAYS, Prepared, prepare
from labeler.pipeline.signs import signs_of
from labeler.pipeline.stages import (
    ON_PIXELS,
    Outcome,
    StageKey,
    all_for_clusters,
    as_stage,
    by_confidence,
    by_fraction,
    inside_clusters,
    on_pixels,
    train_and_score,
    trained_on,
)
from labeler.progress import SILENT, Progress, track
from labeler.records import UNLABELED, Answer, LabelingRun, LabelSet, Simulation, Stage
from labeler.records.label_quality import Choice, Signs
from labeler.records.results import Estimate, Results
from labeler.report.results import results
from labeler.storage import results as result_rows
from labeler.storage.rows import AnswerSource, Result
from labeler.workflow.array_names import LABEL_SET, Array, predictions
from labeler.workflow.exchange.taken_labels import is_taken
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs.settings import SpreadSettings
from labeler.workflow.spread.spreading import evidence_of, spread_labels
from labeler.workflow.training.keeping import ensemble_arrays
from labeler.workflow.training.request import TrainingRequest
from labeler.workflow.workspace import Transaction, Workspace

OTHER_TRUTH = "Labels taken from the data set are not counted among those that are right."
NO_OTHER_TRUTH = "No true labels beside the answers: how many labels are right is not known."


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """What a training found out, ready to be written.

    Attributes
    ----------
    test_accuracy : float or None
        The best that the run's own answers led to; None without ground truth.
    """

    request: TrainingRequest
    revision: int
    metrics: Results
    test_accuracy: float | None
    artefacts: Mapping[str, str]

    def deliver(self, session: Transaction, job_id: int | None) -> Result:
        """Write it; a second time for the same job gives the first."""
        return result_rows.add(
            session,
            self.request.run_id,
            revision=self.revision,
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
    run = open_run(ws, request.run_id)
    run.require_prepared()
    training = _Training(run, request, progress)
    outcomes = training.outcomes(progress)
    stages = tuple(as_stage(key, [outcome]) for key, outcome in outcomes.items())
    metrics = results(training.simulation(stages, time.perf_counter() - started))
    estimates = () if stages else training.estimates(progress)
    signs = training.signs(estimates)
    return TrainedRun(
        request=request,
        revision=run.revision,
        metrics=structs.replace(metrics, estimates=estimates, signs=signs),
        test_accuracy=training.best_of(stages),
        artefacts=training.keep(outcomes),
    )


class _Training:
    """One run at one moment, with the label sets that are to be compared."""

    def __init__(self, run: Run, request: TrainingRequest, progress: Progress) -> None:
        self.run = run
        self.request = request
        self.progress = progress
        self.answers = run.given_answers()
        if all(answer.label is None for answer in self.answers):
            raise ConfigError("No image is named any more; answer a question before training.")
        self.config = _config(run, request)
        self.settings = SpreadSettings(
            request.propagation, request.fractions[-1], request.threshold
        )
        self.clusters = run.clusters
        self.prepared = run.prepared
        self.truth = run.other_truth
        self.own = self._own(progress)
        self.furthest = list(self.own.values())[-1]
        self.choice = self._choice(progress)

    def outcomes(self, progress: Progress) -> dict[StageKey, Outcome]:
        """Each stage, in the order of the table; none where there is nothing to score on."""
        if self.prepared.test is None:
            return {}
        label_sets = dict(self._label_sets())
        outcomes: dict[StageKey, Outcome] = {}
        for key, label_set in track(label_sets.items(), progress, "Label set", len(label_sets)):
            outcomes |= self._train(self.prepared, key, label_set, self.config, progress)
            if self.choice is not None and key == by_confidence(self.config):
                outcomes |= self._chosen(self.choice, outcomes, progress)
        if self.is_compared and self.config.features != "pixels":
            outcomes |= self._on_pixels(progress)
        return outcomes

    def estimates(self, progress: Progress) -> tuple[Estimate, ...]:
        """What can be said without ground truth, for each fraction; or for all labels."""
        evidence = evidence_of(self.run, self.settings)
        if not self.config.spreads_by_fraction:
            return (estimate_confident(evidence, self.furthest, self.config, progress),)
        return tuple(
            estimate(evidence, self.config, fraction, progress)
            for fraction in self.request.fractions
        )

    def signs(self, estimates: tuple[Estimate, ...]) -> Signs:
        """What is seen of the labels that are spread the furthest."""
        checked = estimates[-1].cross_validation if estimates else None
        use = None if checked is None else self.choice
        X, classes = self.prepared.X, self.prepared.classes
        return signs_of(self.furthest, self.answers, X, classes, checked, use)

    def simulation(self, stages: tuple[Stage, ...], seconds: float) -> Simulation:
        """The figures in the shape that every report understands."""
        return Simulation(
            dataset=self.run.dataset.name,
            preset=self.run.row.preset,
            classifier=self.config.classifier,
            classes=self.prepared.classes,
            seeds=(self.config.seed,),
            config=self.config,
            stages=stages,
            seconds=seconds,
            notes=tuple(self._notes()),
            choices=() if self.choice is None else (self.choice,),
            sample=LabelingRun(self.config.seed, self.clusters, self.answers, self.furthest),
        )

    def best_of(self, stages: tuple[Stage, ...]) -> float | None:
        """The highest test accuracy that the run's own answers led to, as they were spread."""
        method = self.request.propagation
        own = [stage.test_accuracy.mean for stage in stages if stage.method == method]
        return max(own, default=None)

    def keep(self, outcomes: Mapping[StageKey, Outcome]) -> dict[str, str]:
        """The arrays behind the figures: labels, answers, every prediction."""
        run_arrays = self.run.row.artefacts
        arrays = {name: getattr(self.furthest, part) for part, name in LABEL_SET.items()}
        arrays[Array.ANSWERS] = _answer_table(self.answers)
        for number, outcome in enumerate(outcomes.values()):
            arrays[predictions(number)] = outcome.predictions
        arrays |= self._of_pool(outcomes) | self._left_out()
        arrays |= ensemble_arrays(self._ensemble(outcomes))
        if self.prepared.test is not None:
            arrays[Array.TEST_LABELS] = self.prepared.test.labels
            arrays[Array.TEST] = np.asarray(self.run.held_out)
        # The clusters that these figures are of: later splits must not change them.
        clusters = {name: run_arrays[name] for name in CLUSTER_ARRAYS.values()}
        return self.run.ws.artefacts.save_all(arrays) | clusters

    def _of_pool(self, outcomes: Mapping[StageKey, Outcome]) -> dict[str, np.ndarray]:
        """What the classifier that learned from the run's own labels says of the pool."""
        own = outcomes.get(list(self.own)[-1])
        if own is None:
            return {}
        return {Array.POOL_PREDICTIONS: own.ensemble.named(self.prepared.X)}

    def _left_out(self) -> dict[str, np.ndarray]:
        """What spread labels claim of images whose answers were left out, and whether it is so."""
        if self.config.spreads_by_fraction:
            return {}
        evidence = evidence_of(self.run, self.settings)
        left_out = spread_without(evidence, self.config, self.progress)
        if left_out is None:
            return {}
        return {Array.LEFT_OUT: np.column_stack([left_out.confidences, left_out.is_right])}

    def _ensemble(self, outcomes: Mapping[StageKey, Outcome]) -> Ensemble:
        """What names new images: by the use that was chosen, or by the labels spread furthest."""
        scored = outcomes.get(
            list(self.own)[-1] if self.choice is None else chosen_key(self.config)
        )
        if scored is not None:
            return scored.ensemble
        prepared, config = self.prepared, self.config
        if self.choice is None:
            return trained_on(prepared, self.furthest, config, self.progress)
        alone = answers_only(self.answers, len(prepared.pool))
        return ensemble_of(prepared, self.choice, alone, self.furthest, config, self.progress)

    @property
    def is_compared(self) -> bool:
        """Whether there is ground truth to compare with, and it is wanted."""
        return self.request.comparisons and self._has_truth

    @property
    def _has_truth(self) -> bool:
        return bool((self.truth != UNLABELED).any())

    def _label_sets(self) -> Iterator[tuple[StageKey, LabelSet]]:
        """As in a simulation, in the order of its table."""
        n_images, n_labels = len(self.prepared.pool), self.config.n_labels
        plan = self.run.config.plan
        if self.is_compared:
            drawn = draw_at_random(self.prepared, self.clusters, self.config)
            yield StageKey("random", n_labels), answers_only(drawn, n_images)
        if plan.later is None:
            yield StageKey(plan.first, n_labels), answers_only(self.answers, n_images)
            if self.is_compared:
                yield from inside_clusters(self.answers, self.clusters, self.config).items()
        elif self.is_compared:
            yield from all_for_clusters(self.prepared, self.config).items()
        yield from self.own.items()
        if self.is_compared:
            everything = label_everything(self.prepared.pool.labels)
            yield StageKey("supervised", len(everything.labeled)), everything

    def _own(self, progress: Progress) -> dict[StageKey, LabelSet]:
        """The run's own answers, spread as was asked for."""
        if self.config.spreads_by_fraction:
            return by_fraction(evidence_of(self.run, self.settings), self.config)
        return {by_confidence(self.config): spread_labels(self.run, self.settings, progress)}

    def _choice(self, progress: Progress) -> Choice | None:
        """Which use of the answers is best; None where the labels are not soft."""
        if self.furthest.probabilities is None:
            return None
        return choose_use(evidence_of(self.run, self.settings), self.config, progress)

    def _chosen(
        self, choice: Choice, outcomes: Mapping[StageKey, Outcome], progress: Progress
    ) -> dict[StageKey, Outcome]:
        """The rows of the answers alone and of the use that was chosen, beside the others."""
        prepared, config = self.prepared, self.config
        alone = answers_only(self.answers, len(prepared.pool))
        rows = score_choice(prepared, choice, alone, self.furthest, outcomes, config, progress)
        labels = alone if choice.taken == ANSWERS else self.furthest
        label_sets = {alone_key(config): alone, chosen_key(config): labels}
        return {key: self._with_share(row, label_sets[key]) for key, row in rows.items()}

    def _train(
        self,
        prepared: Prepared,
        key: StageKey,
        label_set: LabelSet,
        config: RunConfig,
        progress: Progress,
    ) -> dict[StageKey, Outcome]:
        outcomes = train_and_score(prepared, key, label_set, config, progress)
        return {key: self._with_share(outcome, label_set) for key, outcome in outcomes.items()}

    def _with_share(self, outcome: Outcome, label_set: LabelSet) -> Outcome:
        """The same, with the labels that are right by what is known beside the answers."""
        return replace(outcome, label_accuracy=label_accuracy(label_set.labels, self.truth))

    def _on_pixels(self, progress: Progress) -> dict[StageKey, Outcome]:
        """Every true label on plain pixels: what the run's features are worth by themselves."""
        plain = on_pixels(self.config)
        dataset = self.run.pool_dataset
        prepared = prepare(
            dataset,
            plain,
            progress,
            numbers=self.run.numbers,
            cache=self.run.ws.feature_cache,
        )
        everything = label_everything(prepared.pool.labels)
        key = StageKey(ON_PIXELS, len(everything.labeled))
        return self._train(prepared, key, everything, plain, progress)

    def _notes(self) -> Iterator[str]:
        yield from self.run.row.settings.notes
        if self.choice is not None:
            yield describe_choices([self.choice])
        n_open = len(self.run.questions) - self.run.n_given
        if n_open:
            yield f"{n_open:,} of {len(self.run.questions):,} questions have no answer yet."
        if self.run.awaits_round:
            yield "Not all questions of the second half are chosen yet."
        n_unsure = len(self.furthest) - len(self.furthest.labeled)
        if self.request.threshold and n_unsure:
            yield (
                f"{n_unsure:,} of {len(self.furthest):,} images have no label, because its "
                f"confidence would be below {self.request.threshold:g}."
            )
        if any(map(is_taken, self.run.questions)):
            yield OTHER_TRUTH if self._has_truth else NO_OTHER_TRUTH
        if self.prepared.test is None:
            yield "No true labels to test with: no test accuracy was measured."


def _config(run: Run, request: TrainingRequest) -> RunConfig:
    """The run's settings, with as many labels as were asked for until now.

    With every question answered that is the budget, whatever the number of clusters, as in a
    simulation; but a budget that was raised need not be used up. A person is compared with
    random labels that have no error in them.
    """
    config = run.config
    was_raised = run.row.budget != config.n_labels
    complete = run.n_given == len(run.questions) and not (was_raised or run.awaits_round)
    by_oracle = run.row.answerer is AnswerSource.ORACLE
    return config.with_(
        n_labels=run.most_questions if complete else run.n_given,
        fractions=request.fractions,
        classifier=request.classifier,
        propagation=request.propagation,
        threshold=request.threshold,
        error_rate=config.error_rate if by_oracle else 0.0,
    )


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
