"""The whole path with an oracle, measured, beside the honest comparisons.

Those are: as many random labels, the representatives alone, and every true label.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.classifiers import CLASSIFIERS
from labeler.clustering import cluster
from labeler.config import RunConfig
from labeler.datasets.base import Dataset
from labeler.evaluation import confidence_interval, label_accuracy, score
from labeler.exceptions import ConfigError
from labeler.oracle import Oracle, label_everything
from labeler.progress import SILENT, Progress, track
from labeler.propagation import answers_only, propagate_to_clusters
from labeler.query import STRATEGIES, Pool
from labeler.records import Answer, LabelingRun, LabelSet, Scores, Simulation, Stage
from labeler.workflow.preparation import Prepared, as_simulated, prepare


@dataclass(frozen=True)
class StageKey:
    """Which row of the table a result belongs to."""

    stage: str
    n_labels: int
    fraction: float | None = None
    method: str | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one seed contributes to one row."""

    n_train: int
    n_missed_classes: int
    label_accuracy: float
    scores: Scores
    predictions: np.ndarray
    seconds: float


def simulate(
    dataset: Dataset,
    config: RunConfig,
    *,
    budgets: Sequence[int],
    n_seeds: int,
    supervised: bool = True,
    preset: str = "classic",
    progress: Progress = SILENT,
) -> Simulation:
    """Label ``dataset`` with an oracle and measure every stage.

    Parameters
    ----------
    dataset : Dataset
        With ground truth. Each seed sees its part of it: see ``as_simulated``.
    config : RunConfig
        ``config.seed`` is the first seed; ``config.n_labels`` gives way to ``budgets``.
    budgets : sequence of int
        Numbers of labels to ask for, each measured by itself.
    n_seeds : int
        How many runs, with the seeds ``config.seed``, ``config.seed + 1``, …
    supervised : bool
        Whether to train on every true label, too.
    preset : str
        The name the settings started from, for the record.
    progress : Progress

    Returns
    -------
    Simulation

    Raises
    ------
    GroundTruthError
        The data set has no true labels, or too few to hold a test part out.
    ConfigError
        A budget is larger than the pool.
    """
    started = time.perf_counter()
    seeds = tuple(range(config.seed, config.seed + n_seeds))
    experiment = _Experiment(dataset, config, sorted(set(budgets)), supervised, progress)
    for seed in track(seeds, progress, "Seeds"):
        experiment.run_seed(seed)
    return Simulation(
        dataset=dataset.name,
        preset=preset,
        classifier=config.classifier,
        classes=dataset.classes,
        seeds=seeds,
        config=config.as_dict(),
        stages=experiment.stages(),
        seconds=time.perf_counter() - started,
        notes=tuple(experiment.notes()),
        sample=experiment.sample_run(),
    )


def label_by_oracle(
    prepared: Prepared, config: RunConfig, progress: Progress = SILENT
) -> tuple[LabelingRun, dict[StageKey, LabelSet]]:
    """Ask an oracle and spread its answers in every way that the table compares.

    Parameters
    ----------
    prepared : Prepared
    config : RunConfig
    progress : Progress

    Returns
    -------
    run : LabelingRun
        What was asked and answered, spread as far as the largest of ``config.fractions``.
    label_sets : dict of StageKey to LabelSet
        In the order of the table.
    """
    n_images, budget = len(prepared.pool), config.n_labels
    clusters = cluster(prepared.X, budget, config.rng("clusters"), progress)
    pool = Pool(clusters, asked=np.zeros(n_images, dtype=bool))
    drawn = ask_oracle(prepared, pool, config, "random", budget)
    answers = ask_oracle(prepared, pool, config, "representatives", clusters.n_clusters)
    label_sets = {
        StageKey("random", budget): answers_only(drawn, n_images),
        StageKey("representatives", budget): answers_only(answers, n_images),
    }
    for fraction in sorted(set(config.fractions)):
        key = StageKey("propagated", budget, fraction, "cluster")
        label_sets[key] = propagate_to_clusters(answers, clusters, fraction)
    furthest = list(label_sets.values())[-1]
    return LabelingRun(config.seed, clusters, answers, furthest), label_sets


def train_and_score(
    prepared: Prepared, label_set: LabelSet, config: RunConfig, progress: Progress = SILENT
) -> Outcome:
    """Train a classifier on the labels in ``label_set`` and score it on the test images.

    Raises
    ------
    ValueError
        ``prepared`` has no test part.
    """
    if prepared.test is None or prepared.X_test is None:
        raise ValueError("without a test part there is nothing to score on")
    started = time.perf_counter()
    given, n_classes = label_set.labeled, len(prepared.classes)
    labels = label_set.labels[given]
    classifier = CLASSIFIERS[config.classifier](config.seed)
    classifier.fit(prepared.X[given], labels, label_set.origins[given], progress)
    predictions = classifier.predict(prepared.X_test)
    scores = score(prepared.test.labels, predictions, n_classes)
    return Outcome(
        n_train=len(given),
        n_missed_classes=n_classes - len(np.unique(labels)),
        label_accuracy=label_accuracy(label_set, prepared.pool.labels),
        scores=scores,
        predictions=predictions,
        seconds=time.perf_counter() - started,
    )


class _Experiment:
    """Runs seed after seed and keeps what each contributes to the rows of the table."""

    def __init__(
        self,
        dataset: Dataset,
        config: RunConfig,
        budgets: Sequence[int],
        supervised: bool,
        progress: Progress,
    ) -> None:
        self.dataset = dataset
        self.config = config
        self.budgets = budgets
        self.supervised = supervised
        self.progress = progress
        self.outcomes: dict[StageKey, list[Outcome]] = defaultdict(list)
        self.first_runs: list[LabelingRun] = []
        self.prepared: Prepared | None = None

    def run_seed(self, seed: int) -> None:
        config = self.config.with_(seed=seed)
        prepared = self._prepare(config)
        for budget in self.budgets:
            run, label_sets = label_by_oracle(
                prepared, config.with_(n_labels=budget), self.progress
            )
            if seed == self.config.seed:
                self.first_runs.append(run)
            for key, label_set in label_sets.items():
                self._record(key, train_and_score(prepared, label_set, config, self.progress))
        if self.supervised:
            key = StageKey("supervised", len(prepared.pool))
            self._record(key, self._on_every_label(key, prepared, config))

    def sample_run(self) -> LabelingRun:
        """The first seed at the largest budget."""
        return self.first_runs[-1]

    def stages(self) -> tuple[Stage, ...]:
        return tuple(
            as_stage(key, outcomes)
            for key, outcomes in sorted(
                self.outcomes.items(), key=lambda item: item[0].stage == "supervised"
            )
        )

    def notes(self) -> Iterator[str]:
        yield from as_simulated(self.dataset, self.config.seed).notes
        for key, outcomes in self.outcomes.items():
            n_incomplete = sum(outcome.n_missed_classes > 0 for outcome in outcomes)
            if n_incomplete and key.stage in ("random", "representatives"):
                yield (
                    f"{key.stage}, {key.n_labels:,} labels: in {n_incomplete} of {len(outcomes)} "
                    "seeds a class got no label at all."
                )

    def _prepare(self, config: RunConfig) -> Prepared:
        """Features are shared by all seeds, unless each seed holds out its own test part."""
        if self.prepared is None or self.dataset.test is None:
            simulated = as_simulated(self.dataset, config.seed)
            _require_budgets(self.budgets, len(simulated.train))
            self.prepared = prepare(simulated, config, self.progress)
        return self.prepared

    def _on_every_label(self, key: StageKey, prepared: Prepared, config: RunConfig) -> Outcome:
        """Trained once where every seed would give the same."""
        repeats = CLASSIFIERS[config.classifier].is_deterministic and self.dataset.test is not None
        if repeats and self.outcomes[key]:
            return self.outcomes[key][0]
        truth = label_everything(prepared.pool.labels)
        return train_and_score(prepared, truth, config, self.progress)

    def _record(self, key: StageKey, outcome: Outcome) -> None:
        self.outcomes[key].append(outcome)


def ask_oracle(
    prepared: Prepared, pool: Pool, config: RunConfig, strategy: str, n_questions: int
) -> tuple[Answer, ...]:
    """Let ``strategy`` choose questions and an oracle answer them, each from its own stream."""
    questions = STRATEGIES[strategy](pool, n_questions, config.rng(f"{strategy} questions"))
    oracle = Oracle(
        prepared.pool.labels,
        len(prepared.classes),
        config.error_rate,
        config.rng(f"{strategy} oracle"),
    )
    return oracle.answer(questions)


def _require_budgets(budgets: Sequence[int], n_images: int) -> None:
    for budget in budgets:
        if not 1 <= budget <= n_images:
            raise ConfigError(
                f"labels is {budget:,}, but the pool to label has {n_images:,} images; "
                "ask for at least 1 and at most all of them."
            )


def as_stage(key: StageKey, outcomes: Sequence[Outcome]) -> Stage:
    """One row of the table from what each seed contributes to it."""
    return Stage(
        stage=key.stage,
        n_labels=key.n_labels,
        fraction=key.fraction,
        method=key.method,
        n_train=round(float(np.mean([outcome.n_train for outcome in outcomes]))),
        label_accuracy=float(np.mean([outcome.label_accuracy for outcome in outcomes])),
        test_accuracy=confidence_interval([outcome.scores.accuracy for outcome in outcomes]),
        seconds=float(np.mean([outcome.seconds for outcome in outcomes])),
        scores=tuple(outcome.scores for outcome in outcomes),
    )
