"""A simulation as one HTML page that needs nothing beside itself: no script, no other file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from labeler import __version__, words
from labeler.datasets.base import Dataset, Split
from labeler.feature_names import title_of
from labeler.plugins import CLASSIFIERS, PROPAGATIONS, QUERIES
from labeler.records import Answer, Simulation, Stage
from labeler.records.label_quality import Audited
from labeler.report.audits import audit_sentences, audit_table
from labeler.report.charts.accuracy import accuracy_chart
from labeler.report.charts.confusion import confusion_chart
from labeler.report.charts.curve import curve_chart
from labeler.report.charts.purity import purity_chart
from labeler.report.purity import Purity, purity
from labeler.report.scores import BOUNDS, budgets, main_stage, total_confusion
from labeler.report.standalone import render, tile, tiles
from labeler.report.tables import class_table, stage_table
from labeler.report.verdict import verdict

MOST_REPRESENTATIVES = 400
N_MIXED_CLUSTERS = 6
N_MEMBERS = 8
N_CLASSES_TOLD = 4
LEAST_SHARE_TOLD = 0.005


@dataclass(frozen=True)
class Headline:
    """One prominent figure."""

    figure: str
    meaning: str


@dataclass(frozen=True)
class Tile:
    """One image with its caption."""

    image: str
    name: str
    detail: str = ""
    is_wrong: bool = False


@dataclass(frozen=True)
class MixedCluster:
    """A cluster that is not one thing: what it was named, what is in it."""

    name: str
    size: str
    classes: str
    representative: str
    members: tuple[tuple[str, tuple[str, ...]], ...]


def render_html(
    simulation: Simulation,
    dataset: Dataset,
    command: str | None = None,
    audited: Audited | None = None,
) -> str:
    """The report page of ``simulation``.

    Parameters
    ----------
    simulation : Simulation
    dataset : Dataset
        As the sample run saw it: its ``train`` part is the pool.
    command : str, optional
        The command line that makes the same figures again.
    audited : Audited, optional
        What an audit of the labels found.

    Returns
    -------
    str
        HTML with every image inlined; all text of the user's escaped.
    """
    return render("standalone/report.html", _page(simulation, dataset, command, audited))


def _page(
    simulation: Simulation, dataset: Dataset, command: str | None, audited: Audited | None
) -> dict[str, Any]:
    stage = main_stage(simulation)
    confusion = None if stage is None else total_confusion(stage)
    mixed = purity(simulation.sample, dataset.train, len(simulation.classes))
    plan = simulation.config.plan
    answers = simulation.sample.answers
    first = [answer for answer in answers if answer.question.cluster is not None]
    later = [answer for answer in answers if answer.question.cluster is None]
    return {
        "simulation": simulation,
        "verdict": verdict(simulation, audited),
        "image_size": words.size(dataset.image_shape),
        "n_pool": words.count(len(dataset.train)),
        "n_test": words.count(0 if dataset.test is None else len(dataset.test)),
        "settings": _settings(simulation),
        "headlines": _headlines(simulation),
        "stages": stage_table(simulation),
        "interval_note": words.interval_note(len(simulation.seeds)),
        "accuracy": accuracy_chart(simulation) if simulation.stages else None,
        "curve": curve_chart(simulation) if len(budgets(simulation)) > 1 else None,
        "audit": None if simulation.audit is None else audit_table(simulation.audit),
        "audited": [] if simulation.audit is None else list(audit_sentences(simulation.audit)),
        "first": _answered(first, simulation, dataset.train),
        "first_heading": QUERIES[plan.first].heading,
        "n_first": words.count(len(first)),
        "later": _answered(later, simulation, dataset.train),
        "later_title": None if plan.later is None else QUERIES[plan.later].title,
        "n_later": words.count(len(later)),
        "confusion": None if confusion is None else confusion_chart(confusion, simulation.classes),
        "stage_name": "" if stage is None else words.stage_name(stage),
        "classes": None if stage is None else class_table(stage, simulation.classes),
        "purity": None if mixed is None else purity_chart(mixed),
        "purity_overall": None if mixed is None else words.percent(mixed.overall),
        "mixed_clusters": [] if mixed is None else list(_mixed(simulation, dataset.train, mixed)),
        "notes": simulation.notes,
        "command": command,
        "version": __version__,
    }


def _settings(simulation: Simulation) -> str:
    """What was done, in one plain sentence."""
    config = simulation.config
    first = [config.with_(n_labels=budget).n_first for budget in budgets(simulation)]
    clusters = words.joined([words.count(n) for n in first])
    errors = config.error_rate
    answers = "" if not errors else f", wrong in {words.percent(errors, 0)} of its answers,"
    plan = config.plan
    then = "" if plan.later is None else f", then as many {QUERIES[plan.later].title}"
    where = PROPAGATIONS[config.propagation].title
    classifier = CLASSIFIERS[simulation.classifier].heading
    return (
        f"The pool was cut into {clusters} clusters by k-means on {title_of(config.features)}. An "
        f"oracle{answers} named {QUERIES[plan.first].title}{then}, and its answers were "
        f"spread {where}. {classifier} was trained on each label set and scored on test images, "
        f"with {words.counted(len(simulation.seeds), 'seed')}."
    )


def _headlines(simulation: Simulation) -> list[Headline]:
    main = main_stage(simulation)
    if main is None:
        return []
    bounds = [stage for name in BOUNDS for stage in _of_stage(simulation, name)]
    beside = (_same_budget(simulation, main, name) for name in ("combined", "random"))
    stages = [main, *chain.from_iterable(beside), *bounds]
    return [
        Headline(words.interval(stage.test_accuracy), _meaning(stage))
        for stage in dict.fromkeys(stages)
    ]


def _meaning(stage: Stage) -> str:
    labels = words.counted(stage.n_labels, "label")
    if stage.stage in BOUNDS:
        return f"with all {labels}{'' if stage.stage == 'supervised' else ', on pixels'}"
    if stage.stage == "combined":
        return f"with {labels}, {words.stage_name(stage)}"
    asked = QUERIES.get(stage.stage)
    return f"with {labels} {words.stage_name(stage) if asked is None else f'on {asked.title}'}"


def _of_stage(simulation: Simulation, name: str) -> list[Stage]:
    return [stage for stage in simulation.stages if stage.stage == name]


def _same_budget(simulation: Simulation, main: Stage, name: str) -> list[Stage]:
    return [s for s in _of_stage(simulation, name) if s.n_labels == main.n_labels]


def _answered(answers: Sequence[Answer], simulation: Simulation, pool: Split) -> list[Tile]:
    return [_tile_of(answer, simulation, pool) for answer in answers[:MOST_REPRESENTATIVES]]


def _tile_of(answer: Answer, simulation: Simulation, pool: Split) -> Tile:
    image, cluster = answer.question.image, answer.question.cluster
    truth = int(pool.labels[image])
    size = "" if cluster is None else words.count(int(simulation.sample.clusters.sizes[cluster]))
    is_wrong = answer.label is not None and truth >= 0 and answer.label != truth
    return Tile(
        tile(pool, image),
        "skipped" if answer.label is None else words.printable(simulation.classes[answer.label]),
        f"is {words.printable(simulation.classes[truth])}" if is_wrong else size,
        is_wrong,
    )


def _mixed(simulation: Simulation, pool: Split, purities: Purity) -> Iterator[MixedCluster]:
    clusters = simulation.sample.clusters
    rng = np.random.default_rng(simulation.sample.seed)
    for cluster in purities.most_mixed(N_MIXED_CLUSTERS):
        members = np.flatnonzero(clusters.labels == cluster)
        nearest_first = members[np.argsort(clusters.ranks[members])][1:]
        drawn = rng.permutation(nearest_first)[:N_MEMBERS]
        label = int(purities.given[cluster])
        yield MixedCluster(
            name="not named" if label < 0 else words.printable(simulation.classes[label]),
            size=words.counted(len(members), "image"),
            classes=_told(purities.histogram[cluster], simulation.classes),
            representative=tile(pool, int(clusters.representatives[cluster])),
            members=(
                ("nearest", tiles(pool, nearest_first[:N_MEMBERS])),
                ("at random", tiles(pool, drawn)),
                ("farthest", tiles(pool, nearest_first[-N_MEMBERS:])),
            ),
        )


def _told(histogram: np.ndarray, classes: tuple[str, ...]) -> str:
    """``45 % Shirt, 30 % Coat and 25 % others``: the classes in a cluster, in words."""
    shares = histogram / histogram.sum()
    order = np.argsort(-shares, kind="stable")[:N_CLASSES_TOLD]
    largest = [int(c) for c in order if shares[c] >= LEAST_SHARE_TOLD]
    parts = [f"{words.percent(shares[c], 0)} {words.printable(classes[c])}" for c in largest]
    rest = 1 - float(shares[largest].sum())
    others = [f"{words.percent(rest, 0)} others"] if rest >= LEAST_SHARE_TOLD else []
    return words.joined(parts + others)
