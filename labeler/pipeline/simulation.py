"""The whole path with an oracle, measured, beside the honest comparisons.

Those are, on the same features: as many random labels, the representatives of as many clusters
alone and spread inside their clusters, and every true label; and every true label on pixels.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from labeler import words
from labeler.config import AUDIT_REPEATS, RunConfig, default_labels
from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.feature_names import is_network, parts_of, title_of
from labeler.learning.classifiers import classifier
from labeler.learning.features.cache import FeatureCache
from labeler.learning.oracle import label_everything
from labeler.learning.propagation import answers_only
from labeler.pipeline.best_use import (
    CHOSEN,
    choose_use,
    describe_choices,
    score_choice,
)
from labeler.pipeline.chosen_features import choose_features_for
from labeler.pipeline.left_out import LeftOut, spread_without
from labeler.pipeline.preparation import ImageNumbers, Prepared, prepare
from labeler.pipeline.simulated_audit import audit_run, require_audit
from labeler.pipeline.simulated_dataset import as_simulated
from labeler.pipeline.simulated_review import (
    REVIEWED,
    Review,
    SimulatedReview,
    describe_reviews,
    review_by_oracle,
)
from labeler.pipeline.stages import (
    COMBINED,
    ON_PIXELS,
    Outcome,
    StageKey,
    as_stage,
    label_by_oracle,
    on_pixels,
    train_and_score,
)
from labeler.plugins import QUERIES
from labeler.progress import SILENT, Progress, track
from labeler.records import LabelingRun, Simulation, Stage
from labeler.records.label_quality import Choice


def _nobody(note: str) -> None:
    """Tell nobody."""


def simulate(
    dataset: Dataset,
    config: RunConfig,
    *,
    budgets: Sequence[int] | None,
    n_seeds: int,
    supervised: bool = True,
    comparisons: bool = True,
    audit: int | None = None,
    audit_repeats: int = AUDIT_REPEATS,
    review: SimulatedReview | None = None,
    preset: str = "classic",
    cache: FeatureCache | None = None,
    progress: Progress = SILENT,
    tell: Callable[[str], None] = _nobody,
) -> Simulation:
    """Label ``dataset`` with an oracle and measure every stage.

    Parameters
    ----------
    dataset : Dataset
        With ground truth. Each seed sees its part of it: see ``as_simulated``.
    config : RunConfig
        ``config.seed`` is the first seed; ``config.n_labels`` gives way to ``budgets``. Features
        may be ``auto``.
    budgets : sequence of int or None
        Numbers of labels to ask for, each measured by itself; None: one, as ``default_labels``
        says.
    n_seeds : int
        How many runs, with the seeds ``config.seed``, ``config.seed + 1`` and so on.
    supervised : bool
        Whether to train on every true label, too.
    comparisons : bool
        Whether to measure other ways to use as many labels, too.
    audit : int, optional
        Answers that the first seed's labels at the largest budget are audited with.
    audit_repeats : int
        How often they are.
    review : SimulatedReview, optional
        Whether, and how, the most doubtful labels are looked at afterwards.
    preset : str
        The name the settings started from, for the record.
    cache : FeatureCache, optional
        Where features and graphs may lie from another time.
    progress : Progress
        Told of each step.
    tell : callable
        Given each note on the features as soon as it is known: first of all what they are.

    Returns
    -------
    Simulation
        A row for each stage, budget and fraction, and the first seed in detail.

    Raises
    ------
    GroundTruthError
        The data set has no true labels, or too few to hold a test part out.
    ConfigError
        A budget is larger than the pool, or an audit than what it leaves.
    """
    started = time.perf_counter()
    config, about_features = choose_features_for(dataset, config)
    seeds = tuple(range(config.seed, config.seed + n_seeds))
    asked = _default_budgets(dataset, config.seed) if budgets is None else sorted(set(budgets))
    pool = as_simulated(dataset, config.seed).train
    _require_budgets(asked, len(pool))
    if audit is not None:
        require_audit(audit, len(pool), max(asked))
    for note in (about := f"features: {title_of(config.features)}", *about_features):
        tell(note)
    with _kept_meanwhile(cache, config) as kept:
        options = _Options(asked, supervised, comparisons, kept, review, audit is not None)
        experiment = _Experiment(dataset, config, options, progress, tell)
        for seed in track(seeds, progress, "Seeds"):
            experiment.run_seed(seed)
    sample = experiment.sample_run()
    audited = None
    if audit is not None:
        audited = audit_run(
            sample, pool.labels, config, len(dataset.classes), audit, audit_repeats, progress,
            experiment.left_out,
        )  # fmt: skip
    return Simulation(
        dataset=dataset.name,
        preset=preset,
        classifier=config.classifier,
        classes=dataset.classes,
        seeds=seeds,
        config=config,
        stages=experiment.stages(),
        seconds=time.perf_counter() - started,
        notes=(*experiment.notes(), *_with_licences(about, config), *about_features),
        sample=sample,
        audit=audited,
        without_errors=experiment.stages_without_errors(),
        choices=tuple(experiment.choices),
    )


def _with_licences(about: str, config: RunConfig) -> tuple[str, ...]:
    """What the features are, where weights of others are among them: these have a licence."""
    return (about,) if any(map(is_network, parts_of(config.features))) else ()


@contextmanager
def _kept_meanwhile(cache: FeatureCache | None, config: RunConfig) -> Iterator[FeatureCache | None]:
    """Where nothing is to stay, a place until the end: no seed has a network look again."""
    if cache is not None or not any(map(is_network, parts_of(config.features))):
        yield cache
        return
    with TemporaryDirectory(prefix="labeler-") as folder:
        yield FeatureCache(Path(folder))


_Outcomes = dict[StageKey, Outcome]


@dataclass(frozen=True)
class _Options:
    """What is measured beside the run itself."""

    budgets: Sequence[int]
    supervised: bool
    comparisons: bool
    cache: FeatureCache | None
    review: SimulatedReview | None = None
    is_audited: bool = False


@dataclass(eq=False)
class _Rows:
    """The outcomes of every seed, by row of the table."""

    outcomes: dict[StageKey, list[Outcome]] = field(default_factory=lambda: defaultdict(list))

    def add(self, outcomes: Mapping[StageKey, Outcome]) -> None:
        for key, outcome in outcomes.items():
            self.outcomes[key].append(outcome)

    def stages(self) -> tuple[Stage, ...]:
        return tuple(
            as_stage(key, outcomes)
            for key, outcomes in sorted(self.outcomes.items(), key=lambda item: _is_bound(item[0]))
        )


class _Experiment:
    """Runs seed after seed and keeps what each contributes to the rows of the table."""

    def __init__(
        self,
        dataset: Dataset,
        config: RunConfig,
        options: _Options,
        progress: Progress,
        tell: Callable[[str], None],
    ) -> None:
        self.dataset = dataset
        self.config = config
        self.options = options
        self.progress = progress
        self.tell = tell
        self.about_features: dict[str, None] = {}
        self.rows = _Rows()
        self.rows_without_errors = _Rows()
        self.first_runs: list[LabelingRun] = []
        self.choices: list[Choice] = []
        self.reviews: dict[StageKey, list[Review]] = defaultdict(list)
        self.prepared: dict[str, Prepared] = {}
        self.left_out: LeftOut | None = None

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
        yield from self.about_features
        for key, outcomes in self.rows.outcomes.items():
            n_incomplete = sum(outcome.n_missed_classes > 0 for outcome in outcomes)
            if n_incomplete and key.stage in QUERIES:
                yield (
                    f"{key.stage}, {key.n_labels:,} labels: in {n_incomplete} of {len(outcomes)} "
                    "seeds a class got no label at all."
                )
        for budget in self.options.budgets:
            if of_budget := [choice for choice in self.choices if choice.n_labels == budget]:
                yield describe_choices(of_budget)
        yield from (
            describe_reviews(reviews, key.n_labels) for key, reviews in self.reviews.items()
        )
        yield from self._abstentions()
        yield from self._cost_of_errors()

    def _label_and_train(self, prepared: Prepared, config: RunConfig) -> None:
        run, label_sets = label_by_oracle(
            prepared, config, self.progress, comparisons=self.options.comparisons
        )
        if config.seed == self.config.seed:
            self.first_runs.append(run)
            if self.options.is_audited and not config.spreads_by_fraction:
                evidence = prepared.evidence(run.answers, run.clusters)
                self.left_out = spread_without(evidence, config, self.progress)
        outcomes: _Outcomes = {}
        for key, label_set in label_sets.items():
            outcomes |= train_and_score(prepared, key, label_set, config, self.progress)
        if run.label_set.probabilities is not None:
            outcomes |= self._chosen(prepared, run, config, outcomes)
        self.rows.add(outcomes)
        if self.options.review is not None:
            self._review(prepared, config, key, run)
        if config.error_rate:
            self._label_without_errors(prepared, config.with_(error_rate=0.0))

    def _chosen(
        self, prepared: Prepared, run: LabelingRun, config: RunConfig, outcomes: _Outcomes
    ) -> _Outcomes:
        """The rows of the answers alone and of the use that was chosen, beside the others."""
        choice = choose_use(prepared.evidence(run.answers, run.clusters), config, self.progress)
        self.choices.append(choice)
        alone = answers_only(run.answers, len(prepared.pool))
        return score_choice(prepared, choice, alone, run.label_set, outcomes, config, self.progress)

    def _review(
        self, prepared: Prepared, config: RunConfig, spread: StageKey, run: LabelingRun
    ) -> None:
        """Look at the run's own labels, put right what is found, and spread again."""
        assert self.options.review is not None
        review = review_by_oracle(prepared, config, run, self.options.review, self.progress)
        n_there = len(prepared.pool) - len(run.answers)
        n_reviewed = min(self.options.review.n_labels, n_there)
        key = replace(spread, stage=REVIEWED, n_reviewed=n_reviewed)
        outcomes = train_and_score(prepared, key, review.label_set, config, self.progress)
        self.rows.add({key: outcomes[key]})
        self.reviews[key].append(review)

    def _label_without_errors(self, prepared: Prepared, config: RunConfig) -> None:
        _, label_sets = label_by_oracle(prepared, config, self.progress, comparisons=False)
        key, label_set = list(label_sets.items())[-1]
        outcomes = train_and_score(prepared, key, label_set, config, self.progress)
        self.rows_without_errors.add(outcomes)

    def _abstentions(self) -> Iterator[str]:
        for key, outcomes in self.rows.outcomes.items():
            is_own = key.method and key.fraction is None and key.stage not in (COMBINED, CHOSEN)
            if is_own and self.config.threshold:
                share = np.mean([o.n_abstained / (o.n_abstained + o.n_train) for o in outcomes])
                yield (
                    f"{words.stage_name(as_stage(key, outcomes))}, {key.n_labels:,} labels: "
                    f"{words.percent(float(share))} of the images have no label, because its "
                    f"confidence would be below {self.config.threshold:g}."
                )

    def _cost_of_errors(self) -> Iterator[str]:
        for key, flawless in self.rows_without_errors.outcomes.items():
            noisy = _mean_accuracy(self.rows.outcomes[key])
            clean = _mean_accuracy(flawless)
            yield (
                f"{words.stage_name(as_stage(key, flawless))}, {key.n_labels:,} labels: wrong "
                f"answers ({words.percent(self.config.error_rate)}) cost "
                f"{100 * (clean - noisy):.1f} points; without them {words.percent(clean)}."
            )

    def _prepare(self, config: RunConfig) -> Prepared:
        """Features are shared by all seeds, unless each seed holds out its own test part."""
        if config.features not in self.prepared or self.dataset.test is None:
            simulated = as_simulated(self.dataset, config.seed)
            self.prepared[config.features] = prepare(
                simulated,
                config,
                self.progress,
                numbers=ImageNumbers.of(simulated, self.dataset),
                cache=self.options.cache,
            )
            self._tell_of_features(self.prepared[config.features].notes)
        return self.prepared[config.features]

    def _tell_of_features(self, notes: Sequence[str]) -> None:
        """Say at once what is new: who waits for hours wants to know it before."""
        for note in notes:
            if note not in self.about_features:
                self.about_features[note] = None
                self.tell(note)

    def _train_on_every_label(self, stage: str, prepared: Prepared, config: RunConfig) -> None:
        """Trained once where every seed would give the same."""
        key = StageKey(stage, len(prepared.pool))
        outcomes = self.rows.outcomes[key]
        is_deterministic = classifier(config.classifier).is_deterministic
        repeats = is_deterministic and self.dataset.test is not None
        if repeats and outcomes:
            outcomes.append(outcomes[0])
            return
        truth = label_everything(prepared.pool.labels)
        self.rows.add(train_and_score(prepared, key, truth, config, self.progress))


def _is_bound(key: StageKey) -> bool:
    return key.stage in ("supervised", ON_PIXELS)


def _mean_accuracy(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([outcome.scores.accuracy for outcome in outcomes]))


def _default_budgets(dataset: Dataset, seed: int) -> list[int]:
    return [default_labels(dataset.name, len(as_simulated(dataset, seed).train))]


def _require_budgets(budgets: Sequence[int], n_images: int) -> None:
    for budget in budgets:
        if not 1 <= budget <= n_images:
            raise ConfigError(
                f"labels is {budget:,}, but the pool to label has {n_images:,} images; "
                "ask for at least 1 and at most all of them."
            )
