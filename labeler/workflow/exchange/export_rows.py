"""The rows of an exported set: which images of a run are in it, on which side, and which are not.

``index`` is where the image stood in the data set as it was read; images of a data set's own test
part are counted on after those of its pool.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labeler import words
from labeler.datasets import Split
from labeler.exceptions import ConfigError
from labeler.formats import Given, LabelRows, format_named
from labeler.formats.rows import VERDICTS, Side
from labeler.formats.validation import choose_validation, one_sided
from labeler.plugins import PROPAGATIONS
from labeler.records import UNLABELED, LabelSet, Source
from labeler.storage.rows import AskedQuestion
from labeler.workflow.datasets import as_dataset
from labeler.workflow.exchange.choices import LINKS, ORIGINALS, SOURCES, THUMBNAILS
from labeler.workflow.exchange.export_request import (
    ExportCount,
    ExportFilter,
    ExportRequest,
    LeftOut,
    OneSidedClass,
)
from labeler.workflow.exchange.imported_names import own_name
from labeler.workflow.pictures.original_arrays import has_originals
from labeler.workflow.pictures.originals import KeptOriginals
from labeler.workflow.run import Run
from labeler.workflow.training.last_trained import ChosenSet
from labeler.workflow.views import SpreadView

NONE_MISSING = np.zeros(0, dtype=np.int64)


class JoinedImages:
    """The images of a pool and of a test part, one after the other, without a copy of either."""

    def __init__(self, pool: np.ndarray, test: np.ndarray) -> None:
        self._pool, self._test = pool, test
        self.n_images = len(pool) + len(test)
        self.shape = (self.n_images, *pool.shape[1:])

    def __len__(self) -> int:
        return self.n_images

    def __getitem__(self, places: np.ndarray) -> np.ndarray:
        n_pool, in_test = len(self._pool), places >= len(self._pool)
        images = np.empty((len(places), *self.shape[1:]), dtype=self._pool.dtype)
        images[~in_test] = self._pool[places[~in_test]]
        images[in_test] = self._test[places[in_test] - n_pool]
        return images


def export_rows(run: Run, view: SpreadView, request: ExportRequest) -> LabelRows:
    """The rows that are wanted; no image is looked at.

    Raises
    ------
    ConfigError
        A filter names what is not there, or nothing can be set aside to validate on.
    """
    format = format_named(request.format)
    everything = _pool_rows(run, view)
    if format.holds_test(request.with_test):
        everything = _with_test(run, everything)
    wanted = request.wanted.rows(everything.label_set, view.classes, everything.clusters)
    if request.with_test:
        wanted = np.union1d(wanted, _wanted_test(everything, request.wanted))
    if format.labeled_only:
        wanted = wanted[everything.label_set.labels[wanted] != UNLABELED]
    rows = everything.take(wanted)
    if not (rows.codes == Side.TEST).any():
        rows = replace(rows, side_codes=None)
    if _has_originals(run, request):
        originals = KeptOriginals(run.ws, run.dataset)
        is_small = request.images == THUMBNAILS
        rows = replace(rows, originals=originals, with_thumbnails=is_small)
    return rows if request.validation is None else _split(rows, request.validation, run)


def _has_originals(run: Run, request: ExportRequest) -> bool:
    """Whether the images of the set were read from files of their own."""
    has_files = has_originals(run.dataset)
    if request.images in (ORIGINALS, LINKS) and not has_files:
        raise ConfigError(
            f"{run.dataset.name} was not read from image files of its own; its images are "
            f"exported as {THUMBNAILS}."
        )
    return has_files


def _wanted_test(rows: LabelRows, wanted: ExportFilter) -> np.ndarray:
    """What is held out is in no cluster and no answer: where it is asked for, classes count."""
    of_class = ExportFilter(classes=wanted.classes)
    places = of_class.rows(rows.label_set, rows.classes, rows.clusters)
    return np.asarray(places[rows.codes[places] == Side.TEST])


def count(
    run: Run,
    view: SpreadView,
    chosen: ChosenSet,
    rows: LabelRows,
    missing: np.ndarray = NONE_MISSING,
) -> ExportCount:
    """What is in the set, and what is not; ``missing`` are images whose originals are not there."""
    labels = rows.label_set.labels
    known = labels[labels != UNLABELED]
    by_class = np.bincount(known, minlength=len(rows.classes)).tolist()
    by_source = np.bincount(rows.label_set.sources, minlength=len(SOURCES)).tolist()
    return ExportCount(
        n_rows=len(rows),
        n_validation=_n_on(rows, Side.VALIDATION),
        n_test=_n_on(rows, Side.TEST),
        n_unlabeled=len(labels) - len(known),
        by_source=dict(zip(SOURCES, by_source, strict=True)),
        by_class=dict(zip(rows.classes, by_class, strict=True)),
        left_out=_left_out(run, view, rows, missing),
        spread=f"{_way_in_words(view)}, {chosen.reason}",
        one_sided=_one_sided(rows),
        calibrated_by=view.calibrated_by,
    )


def _pool_rows(run: Run, view: SpreadView) -> LabelRows:
    """A row for each image of the pool; the images stay on disk."""
    images = as_dataset(run.ws, run.dataset).train
    pool, clusters = run.pool, run.clusters
    return LabelRows(
        classes=view.classes,
        images=images.images,
        places=pool,
        indices=images.positions[pool],
        names=images.names,
        label_set=view.label_set,
        clusters=run.cluster_numbers[clusters.labels],
        distances=clusters.distances,
        ranks=clusters.ranks,
        given=_given(run, pool),
        verdicts=_verdicts(run, pool),
    )


def _answered(run: Run) -> list[AskedQuestion]:
    """Questions with an answer: to say that an image is not of a class is none."""
    return [
        question
        for question in run.questions
        if question.answer is not None and not question.answer.is_rejection
    ]


def _given(run: Run, pool: np.ndarray) -> dict[int, Given]:
    answered = _answered(run)
    places = np.searchsorted(pool, [question.image for question in answered]).tolist()
    return {
        place: Given(own_name(question.answer.annotator), question.answer.answered_at)
        for place, question in zip(places, answered, strict=True)
        if question.answer is not None
    }


def _verdicts(run: Run, pool: np.ndarray) -> np.ndarray:
    codes = np.zeros(len(pool), dtype=np.int8)
    answered = _answered(run)
    places = np.searchsorted(pool, [question.image for question in answered])
    verdicts = [
        VERDICTS.index(question.answer.verdict.value) for question in answered if question.answer
    ]
    codes[places] = verdicts
    return codes


def _with_test(run: Run, rows: LabelRows) -> LabelRows:
    """The same rows, and those of the images that are held out, with the labels they came with."""
    numbers = run.held_out
    if numbers is None:
        return rows
    dataset, n_pool, n_test = as_dataset(run.ws, run.dataset), len(rows), len(numbers)
    labels, images = dataset.train.labels, dataset.train.images
    names: Sequence[str] | None = dataset.train.names
    if dataset.test is not None:
        labels = np.concatenate([labels, dataset.test.labels])
        images = JoinedImages(images, dataset.test.images)  # type: ignore[assignment]
        names = _joined_names(dataset.train, dataset.test)
    return replace(
        rows,
        images=images,
        names=names,
        places=np.concatenate([rows.places, numbers]),
        indices=np.concatenate([rows.indices, numbers]),
        label_set=_and_known(rows.label_set, run.labels.translate(labels[numbers])),
        clusters=_and(rows.clusters, -1, n_test),
        distances=_and(rows.distances, np.nan, n_test),
        ranks=_and(rows.ranks, -1, n_test),
        verdicts=_and(_verdicts(run, run.pool), 0, n_test),
        side_codes=np.repeat(np.array([Side.TRAIN, Side.TEST], np.int8), [n_pool, n_test]),
    )


def _and(values: np.ndarray, value: float, n: int) -> np.ndarray:
    return np.concatenate([values, np.full(n, value, dtype=values.dtype)])


def _and_known(label_set: LabelSet, labels: np.ndarray) -> LabelSet:
    """The same labels, and those that came with the data, which are no answers."""
    n, soft = len(labels), label_set.probabilities
    if soft is not None:
        soft = np.concatenate([soft, np.eye(soft.shape[1], dtype=soft.dtype)[labels]])
    return LabelSet(
        np.concatenate([label_set.labels, labels]),
        _and(label_set.sources, Source.DATASET, n),
        _and(label_set.confidences, 1, n),
        _and(label_set.origins, -1, n),
        soft,
    )


def _joined_names(pool: Split, test: Split) -> Sequence[str] | None:
    if pool.names is None and test.names is None:
        return None
    sides = (split.names or ("",) * len(split) for split in (pool, test))
    return tuple(name for side in sides for name in side)


def _split(rows: LabelRows, share: float, run: Run) -> LabelRows:
    """Set ``share`` of the rows aside, or as near to it as whole clusters come."""
    pool = np.flatnonzero(rows.codes == Side.TRAIN)
    n_clusters = len(np.unique(rows.clusters[pool]))
    if n_clusters < 2:
        raise ConfigError(
            f"Only {words.counted(n_clusters, 'cluster')} {'is' if n_clusters else 'are'} "
            "left, and none can be on both sides; choose more rows, or no validation part."
        )
    rng = run.config.rng("validation part")
    chosen = np.zeros(len(rows), dtype=bool)
    labels = rows.label_set.labels[pool]
    chosen[pool] = choose_validation(rows.clusters[pool], labels, share, rng)
    return rows.with_validation(chosen)


def _one_sided(rows: LabelRows) -> tuple[OneSidedClass, ...]:
    is_validation = rows.codes == Side.VALIDATION
    if not is_validation.any():
        return ()
    pool = rows.codes != Side.TEST
    on_one_side = one_sided(rows.clusters[pool], rows.label_set.labels[pool], is_validation[pool])
    sides = (Side.TRAIN.word, Side.VALIDATION.word)
    return tuple(
        OneSidedClass(rows.classes[lone.label], sides[lone.is_validation], lone.n_groups)
        for lone in on_one_side
    )


def _left_out(run: Run, view: SpreadView, rows: LabelRows, missing: np.ndarray) -> LeftOut:
    pool = run.pool
    n_held_out = 0 if run.held_out is None else len(np.setdiff1d(run.held_out, missing))
    is_out = np.ones(len(pool), dtype=bool)
    is_out[np.searchsorted(pool, rows.places[rows.codes != Side.TEST])] = False
    is_out[np.isin(pool, missing)] = False
    is_labeled = view.label_set.labels != UNLABELED
    codes = _verdicts(run, pool)[is_out & ~is_labeled].tolist()
    by_verdict = Counter(VERDICTS[code] for code in codes)
    return LeftOut(
        n_unlabeled=by_verdict[None] + by_verdict["class"],
        n_skipped=by_verdict["skip"],
        n_mixed=by_verdict["mixed"],
        n_filtered=int(np.count_nonzero(is_out & is_labeled)),
        n_test=n_held_out - _n_on(rows, Side.TEST),
        n_missing=len(missing),
    )


def _n_on(rows: LabelRows, side: Side) -> int:
    return int(np.count_nonzero(rows.codes == side))


def _way_in_words(view: SpreadView) -> str:
    plugin = PROPAGATIONS[view.method]
    if plugin.takes_fraction:
        return f"labels spread to {words.share(view.fraction)} of each cluster"
    above = f", confidence {view.threshold:g} or more" if view.threshold else ""
    return f"labels spread {plugin.short}{above}"
