"""The whole path with an oracle, measured, beside the honest comparisons.

Those are, on the same features: as many random labels, the representatives of as many clusters
alone and spread inside their clusters, and every true label; and every true label on pixels.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

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
from labeler.records import (
    Answer,
    Clusters,
    LabelingRun,
    LabelSet,
    Question,
    Scores,
    Simulation,
    Stage,
)
from labeler.report import words
from labeler.workflow.phases import (
    abstain,
    first_questions,
    round_size,
    second_questions,
    spread_over_graph,
    without_last,
)
from labeler.workflow.preparation import ImageNumbers, Prepared, as_simulated, prepare
from labeler.workflow.rounds import FIRST, second_round

if TYPE_CHECKING:
    from labeler.features.cache import FeatureCache

ON_PIXELS = "supervised-pixels"
"""The stage of every true label on plain pixels, where the run's own features are others."""


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
    n_abstained: int
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
    comparisons: bool = True,
    preset: str = "classic",
    cache: "FeatureCache | None" = None,
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
    comparisons : bool
        Whether to measure other ways to use as many labels, too.
    preset : str
        The name the settings started from, for the record.
    cache : FeatureCache, optional
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
    options = _Options(sorted(set(budgets)), supervised, comparisons, cache)
    experiment = _Experiment(dataset, config, options, progress)
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
        without_errors=experiment.stages_without_errors(),
    )


def label_by_oracle(
    prepared: Prepared,
    config: RunConfig,
    progress: Progress = SILENT,
    *,
    comparisons: bool = True,
) -> tuple[LabelingRun, dict[StageKey, LabelSet]]:
    """Ask an oracle and spread its answers in every way that the table compares.

    Parameters
    ----------
    prepared : Prepared
    config : RunConfig
    progress : Progress
    comparisons : bool
        Whether to use as many labels in other ways, too.

    Returns
    -------
    run : LabelingRun
        What was asked and answered, spread as ``config`` says: over the graph, or as far as the
        largest of ``config.fractions``.
    label_sets : dict of StageKey to LabelSet
        In the order of the table.
    """
    n_images = len(prepared.pool)
    clusters = cluster(prepared.X, config.n_first, config.rng("clusters"), progress)
    answers = tuple(chain.from_iterable(ask_in_rounds(prepared, clusters, config, progress)))
    label_sets = {}
    if comparisons:
        drawn = draw_at_random(prepared, clusters, config)
        label_sets[StageKey("random", config.n_labels)] = answers_only(drawn, n_images)
    if config.strategy == FIRST:
        label_sets |= _by_cluster(answers, clusters, n_images, config)
    elif comparisons:
        label_sets |= all_for_representatives(prepared, config, progress)
    if config.propagation == "graph" and prepared.graph is not None:
        n_classes = len(prepared.classes)
        spread = spread_over_graph(answers, prepared.graph, prepared.X, n_classes, progress)
        key = StageKey("propagated", config.n_labels, None, "graph")
        label_sets[key] = abstain(spread, config.threshold)
    else:
        label_sets |= by_fraction(answers, clusters, config)
    furthest = list(label_sets.values())[-1]
    return LabelingRun(config.seed, clusters, answers, furthest), label_sets


def draw_at_random(prepared: Prepared, clusters: Clusters, config: RunConfig) -> tuple[Answer, ...]:
    """The oracle's answers for as many random images as the budget has."""
    nothing_asked = Pool(clusters, asked=np.zeros(len(prepared.pool), dtype=bool))
    rng = config.rng("random questions")
    questions = STRATEGIES["random"](nothing_asked, config.n_labels, rng)
    return _answered(prepared, config, "random", questions)


def all_for_representatives(
    prepared: Prepared, config: RunConfig, progress: Progress = SILENT
) -> dict[StageKey, LabelSet]:
    """What as many labels would be worth if all of them were for representatives.

    The whole budget goes into clusters, so that the comparison has no fewer labels than what it
    is compared with; where the run's own labels are spread inside clusters, those have the rows.
    """
    clusters = cluster(prepared.X, config.n_labels, config.rng("clusters"), progress)
    answers = _answered(prepared, config, FIRST, first_questions(clusters, config))
    n_images = len(prepared.pool)
    if config.propagation == "cluster":
        return {StageKey(FIRST, config.n_labels): answers_only(answers, n_images)}
    return _by_cluster(answers, clusters, n_images, config)


def by_fraction(
    answers: Sequence[Answer], clusters: Clusters, config: RunConfig
) -> dict[StageKey, LabelSet]:
    """The answers inside their clusters, one label set for each fraction."""
    return {
        StageKey("propagated", config.n_labels, fraction, "cluster"): propagate_to_clusters(
            answers, clusters, fraction
        )
        for fraction in sorted(set(config.fractions))
    }


def ask_in_rounds(
    prepared: Prepared, clusters: Clusters, config: RunConfig, progress: Progress = SILENT
) -> Iterator[tuple[Answer, ...]]:
    """What the run's strategy asks, round by round, with the oracle's answers."""
    answers = _answered(prepared, config, FIRST, first_questions(clusters, config))
    yield answers
    if prepared.graph is None:
        return
    n_rounds = config.n_second_rounds
    for number in track(range(n_rounds), progress, "Rounds of questions"):
        name = second_round(number)
        questions = second_questions(
            clusters,
            [answer.question.image for answer in answers],
            without_last(answers, config.n_ahead),
            prepared.graph,
            prepared.X,
            len(prepared.classes),
            round_size(config.n_labels - len(answers), n_rounds - number),
            config.rng(f"{name} questions"),
        )
        one_round = _answered(prepared, config, name, questions)
        answers += one_round
        yield one_round


def _by_cluster(
    answers: Sequence[Answer], clusters: Clusters, n_images: int, config: RunConfig
) -> dict[StageKey, LabelSet]:
    alone = {StageKey(FIRST, config.n_labels): answers_only(answers, n_images)}
    return alone | by_fraction(answers, clusters, config)


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
    soft = label_set.probabilities
    classifier.fit(
        prepared.X[given],
        labels,
        label_set.origins[given],
        progress,
        None if soft is None else soft[given],
    )
    predictions = classifier.predict(prepared.X_test)
    scores = score(prepared.test.labels, predictions, n_classes)
    return Outcome(
        n_train=len(given),
        n_missed_classes=n_classes - len(np.unique(labels)),
        n_abstained=len(label_set) - len(given),
        label_accuracy=label_accuracy(label_set, prepared.pool.labels),
        scores=scores,
        predictions=predictions,
        seconds=time.perf_counter() - started,
    )


@dataclass(frozen=True)
class _Options:
    """What is measured beside the run itself."""

    budgets: Sequence[int]
    supervised: bool
    comparisons: bool
    cache: "FeatureCache | None"


@dataclass(eq=False)
class _Rows:
    """The outcomes of every seed, by row of the table."""

    outcomes: dict[StageKey, list[Outcome]] = field(default_factory=lambda: defaultdict(list))

    def stages(self) -> tuple[Stage, ...]:
        return tuple(
            as_stage(key, outcomes)
            for key, outcomes in sorted(self.outcomes.items(), key=lambda item: _is_bound(item[0]))
        )


class _Experiment:
    """Runs seed after seed and keeps what each contributes to the rows of the table."""

    def __init__(
        self, dataset: Dataset, config: RunConfig, options: _Options, progress: Progress
    ) -> None:
        self.dataset = dataset
        self.config = config
        self.options = options
        self.progress = progress
        self.rows = _Rows()
        self.rows_without_errors = _Rows()
        self.first_runs: list[LabelingRun] = []
        self.prepared: dict[str, Prepared] = {}

    def run_seed(self, seed: int) -> None:
        config = self.config.with_(seed=seed)
        prepared = self._prepare(config)
        for budget in self.options.budgets:
            self._label_and_train(prepared, config.with_(n_labels=budget))
        if self.options.supervised:
            self._train_on_every_label("supervised", prepared, config)
            if config.features != "pixels":
                plain = on_pixels(config)
                self._train_on_every_label(ON_PIXELS, self._prepare(plain), plain)

    def sample_run(self) -> LabelingRun:
        """The first seed at the largest budget."""
        return self.first_runs[-1]

    def stages(self) -> tuple[Stage, ...]:
        return self.rows.stages()

    def stages_without_errors(self) -> tuple[Stage, ...]:
        """What the run itself would have reached with right answers only."""
        return self.rows_without_errors.stages()

    def notes(self) -> Iterator[str]:
        yield from as_simulated(self.dataset, self.config.seed).notes
        for key, outcomes in self.rows.outcomes.items():
            n_incomplete = sum(outcome.n_missed_classes > 0 for outcome in outcomes)
            if n_incomplete and key.stage in ("random", "representatives"):
                yield (
                    f"{key.stage}, {key.n_labels:,} labels: in {n_incomplete} of {len(outcomes)} "
                    "seeds a class got no label at all."
                )
        yield from self._abstentions()
        yield from self._cost_of_errors()

    def _label_and_train(self, prepared: Prepared, config: RunConfig) -> None:
        run, label_sets = label_by_oracle(
            prepared, config, self.progress, comparisons=self.options.comparisons
        )
        if config.seed == self.config.seed:
            self.first_runs.append(run)
        for key, label_set in label_sets.items():
            outcome = train_and_score(prepared, label_set, config, self.progress)
            self.rows.outcomes[key].append(outcome)
        if config.error_rate:
            self._label_without_errors(prepared, config.with_(error_rate=0.0))

    def _label_without_errors(self, prepared: Prepared, config: RunConfig) -> None:
        _, label_sets = label_by_oracle(prepared, config, self.progress, comparisons=False)
        key, label_set = list(label_sets.items())[-1]
        outcome = train_and_score(prepared, label_set, config, self.progress)
        self.rows_without_errors.outcomes[key].append(outcome)

    def _abstentions(self) -> Iterator[str]:
        for key, outcomes in self.rows.outcomes.items():
            if key.method == "graph" and self.config.threshold:
                share = np.mean([o.n_abstained / (o.n_abstained + o.n_train) for o in outcomes])
                yield (
                    f"{words.stage_name(as_stage(key, outcomes))}, {key.n_labels:,} labels: "
                    f"{words.percent(float(share))} of the images have no label, because its "
                    f"confidence would be below {self.config.threshold:g}."
                )

    def _cost_of_errors(self) -> Iterator[str]:
        for key, flawless in self.rows_without_errors.outcomes.items():
            told = _mean_accuracy(self.rows.outcomes[key])
            right = _mean_accuracy(flawless)
            yield (
                f"{words.stage_name(as_stage(key, flawless))}, {key.n_labels:,} labels: wrong "
                f"answers ({words.percent(self.config.error_rate)}) cost "
                f"{100 * (right - told):.1f} points; without them {words.percent(right)}."
            )

    def _prepare(self, config: RunConfig) -> Prepared:
        """Features are shared by all seeds, unless each seed holds out its own test part."""
        if config.features not in self.prepared or self.dataset.test is None:
            simulated = as_simulated(self.dataset, config.seed)
            _require_budgets(self.options.budgets, len(simulated.train))
            self.prepared[config.features] = prepare(
                simulated,
                config,
                self.progress,
                numbers=ImageNumbers.of(simulated, self.dataset),
                cache=self.options.cache,
            )
        return self.prepared[config.features]

    def _train_on_every_label(self, stage: str, prepared: Prepared, config: RunConfig) -> None:
        """Trained once where every seed would give the same."""
        found = self.rows.outcomes[StageKey(stage, len(prepared.pool))]
        repeats = CLASSIFIERS[config.classifier].is_deterministic and self.dataset.test is not None
        if repeats and found:
            found.append(found[0])
            return
        truth = label_everything(prepared.pool.labels)
        found.append(train_and_score(prepared, truth, config, self.progress))


def on_pixels(config: RunConfig) -> RunConfig:
    """The same settings for every label on plain pixels."""
    return config.with_(
        features="pixels", weights=None, strategy="representatives", propagation="cluster"
    )


def _is_bound(key: StageKey) -> bool:
    return key.stage in ("supervised", ON_PIXELS)


def _mean_accuracy(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([outcome.scores.accuracy for outcome in outcomes]))


def _answered(
    prepared: Prepared, config: RunConfig, strategy: str, questions: Sequence[Question]
) -> tuple[Answer, ...]:
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
