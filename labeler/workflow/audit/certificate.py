"""An audit as others can check it: what was judged, how it was drawn, what was said, what follows.

The rows of audited images are enough to compute every figure again: the weights of a stratum sum
to its size, and an image is right where label and answer are the same.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import field

import labeler
from labeler.formats.csv import neutralise
from labeler.learning.audit import NO_CLASS, Proportion, audit_rows
from labeler.plugins import PROPAGATIONS
from labeler.typed_json import Moment, Shape
from labeler.workflow.audit.figures import (
    AuditFigures,
    OtherFigure,
    PartFigure,
    figures_of,
)
from labeler.workflow.datasets import as_dataset

DESIGN = (
    "Blind, stratified by confidence (strata of equal size), {shares}, without replacement; "
    "Clopper and Pearson's interval at the effective sample size, at checkpoints only."
)
BY_SPREAD = "half of the answers in proportion and half by guessed spread"
IN_PROPORTION = "answers in proportion, for these confidences are no probabilities"
COLUMNS = (
    "index", "file_name", "stratum", "weight", "label", "answer", "right", "skipped", "confidence",
    "class_size", "cluster", "cluster_size", "none_of_these", "beside", "class_weight",
)  # fmt: skip


class Share(Shape):
    """A share and its interval; null where nothing can be said."""

    n: int
    estimate: float | None
    low: float
    high: float


class AuditedClass(Share):
    """Of the labels of one class; ``size`` of them are judged.

    Attributes
    ----------
    n : int
        Images named; those that were asked about beside, too.
    none_of_these : int
        Images, of those named, that belong to no class.
    """

    class_: str = field(name="class")
    size: int
    none_of_these: int


class AuditedCluster(Share):
    """Of the labels of one cluster; ``size`` of them are judged."""

    cluster: int
    size: int


class LaterLabels(Share):
    """Of another label set of the run, by the same answers."""

    label_set: str


class Stratum(Shape):
    """Images of alike confidence: all, those asked about, those skipped, those right."""

    size: int
    asked: int
    skipped: int
    right: int


class Certificate(Shape):
    """What an audit of a run's labels found, at one checkpoint.

    Attributes
    ----------
    label_set : str
        SHA-256 of the labels that were judged.
    population : int
        How many they are; what people or an oracle gave is not among them.
    n, checkpoint : int
        Images that were asked about; those skipped, too.
    estimate, low, high : float
        Share of them that is right, and its interval; of those skipped as of the others.
    level : float
        Of the intervals: all four of the first checkpoints hold together in 95 of 100 audits.
    none_of_these : int
        Images that belong to no class of the run; their labels count as wrong.
    without_class : Share
        Of the images whose labels are judged, estimated from these.
    beside : int
        Images of single classes that were asked about beside, and count for these classes alone.
    overall : Share
        Of the whole set; what people or an oracle gave counts as right.
    plain_share : float
        Right ones among those asked about; no estimate, for doubtful ones are asked about more.
    if_skipped_wrong, if_skipped_right : Share
        If every label that was skipped were so.
    same_answer : Share
        How often the auditor named an image as before, when asked again without being told.
    needed : int or None
        Images in all for give or take 3 points.
    later : LaterLabels or None
        Of the labels of now, where they are others; not known once the answers were released, or
        another audit was begun.
    number : int
        Of the run's audits, counted from 1.
    """

    label_set: str
    population: int
    n: int
    estimate: float | None
    low: float
    high: float
    level: float
    checkpoint: int
    by_class: list[AuditedClass]
    strata: list[Stratum]
    skipped: int
    none_of_these: int
    without_class: Share
    beside: int
    classifier: Share | None
    overall: Share
    plain_share: float | None
    if_skipped_wrong: Share
    if_skipped_right: Share
    by_cluster: list[AuditedCluster]
    same_answer: Share
    needed: int | None
    later: LaterLabels | None
    checkpoints: list[Share]
    run: str
    run_name: str
    dataset: str
    dataset_sha256: str
    spread: dict[str, Any]
    design: str
    seed: int
    auditors: tuple[str, ...]
    sources: tuple[str, ...]
    number: int
    begun_at: Moment
    released_at: Moment | None
    labeler: str


def certificate(figures: AuditFigures, later: OtherFigure | None = None) -> Certificate:
    """All that is told of an audit.

    Parameters
    ----------
    figures : AuditFigures
        Of its last checkpoint.
    later : OtherFigure, optional
        What the same answers say of the labels of now.
    """
    audit, agreement, right = figures.audit, figures.agreement, figures.right
    run = audit.run
    is_later = later is not None and later.label_set != audit.row.label_set
    return Certificate(
        label_set=audit.row.label_set,
        population=audit.design.population,
        n=figures.n,
        **_bounds(right),
        level=right.level,
        checkpoint=figures.n,
        by_class=[_class_share(part) for part in figures.by_class],
        strata=_strata(figures),
        skipped=agreement.n_skipped,
        none_of_these=int(np.count_nonzero(audit.sample(figures.n).answers == NO_CLASS)),
        without_class=share(figures.without_class),
        beside=len(audit.beside(figures.n).images),
        classifier=None if figures.classifier is None else share(figures.classifier),
        overall=share(figures.overall),
        plain_share=_or_none(agreement.plain_share),
        if_skipped_wrong=share(agreement.if_skipped_wrong),
        if_skipped_right=share(agreement.if_skipped_right),
        by_cluster=[_cluster_share(part) for part in figures.by_cluster],
        same_answer=share(figures.again.same),
        needed=figures.needed,
        later=_other(later) if later is not None and is_later else None,
        checkpoints=[share(other.right) for other in figures_of(audit)],
        run=run.id,
        run_name=run.name,
        dataset=run.dataset.name,
        dataset_sha256=run.dataset.content_hash,
        spread=dict(audit.row.spread),
        design=_design(figures),
        seed=audit.row.seed,
        auditors=audit.auditors,
        sources=tuple(sorted({said.source.value for said in audit.standing.values()})),
        number=audit.row.number,
        begun_at=audit.row.created_at,
        released_at=audit.row.released_at,
        labeler=labeler.__version__,
    )


def share(proportion: Proportion) -> Share:
    """A share as JSON has it."""
    return Share(n=proportion.n, **_bounds(proportion))


def images_csv(figures: AuditFigures) -> bytes:
    """One row for each audited image: enough to compute the figures again."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_rows(figures))
    return text.getvalue().encode("utf-8", "backslashreplace")


def _rows(figures: AuditFigures) -> Iterator[tuple[object, ...]]:
    audit = figures.audit
    run, names = audit.run, [*audit.run.labels.names, "", ""]  # of NO_CLASS and UNLABELED
    sample, beside = audit.sample(figures.n), audit.beside(figures.n)
    rows = audit_rows(sample, beside, audit.labels, audit.drawn)
    train = as_dataset(run.ws, run.dataset).train
    clusters, numbers = run.clusters.labels, run.cluster_numbers
    class_sizes = {part.name: part.size for part in figures.by_class}
    cluster_sizes = {part.name: part.size for part in figures.by_cluster}
    numbers_of_images = np.asarray(run.pool)[[row.image for row in rows]].tolist()
    for row, image in zip(rows, numbers_of_images, strict=True):
        cluster = str(numbers[clusters[row.image]])
        yield (
            int(train.positions[image]),
            neutralise("" if train.names is None else train.names[image]),
            row.stratum + 1,
            repr(float(row.weight)),
            neutralise(names[row.label]),
            neutralise(names[row.answer]),
            int(row.right),
            int(row.skipped),
            repr(float(audit.confidences[row.image])),
            class_sizes[names[row.label]],
            cluster,
            cluster_sizes[cluster],
            int(row.answer == NO_CLASS),
            int(row.weight == 0),
            repr(float(row.class_weight)),
        )


def _bounds(proportion: Proportion) -> dict[str, Any]:
    estimate = _or_none(proportion.estimate)
    return {"estimate": estimate, "low": proportion.low, "high": proportion.high}


def _or_none(value: float) -> float | None:
    return None if value != value else value


def _class_share(part: PartFigure) -> AuditedClass:
    return AuditedClass(
        class_=part.name,
        size=part.size,
        none_of_these=part.n_without_class,
        n=part.right.n,
        **_bounds(part.right),
    )


def _cluster_share(part: PartFigure) -> AuditedCluster:
    return AuditedCluster(
        cluster=int(part.name), size=part.size, n=part.right.n, **_bounds(part.right)
    )


def _other(other: OtherFigure) -> LaterLabels:
    return LaterLabels(label_set=other.label_set, n=other.right.n, **_bounds(other.right))


def _design(figures: AuditFigures) -> str:
    by_rank = PROPAGATIONS[figures.audit.row.spread["method"]].takes_fraction
    return DESIGN.format(shares=IN_PROPORTION if by_rank else BY_SPREAD)


def _strata(figures: AuditFigures) -> list[Stratum]:
    agreement = figures.agreement
    columns = (agreement.sizes, agreement.asked, agreement.skipped, agreement.right)
    return [
        Stratum(size=size, asked=asked, skipped=skipped, right=right)
        for size, asked, skipped, right in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
