"""A training beside the one before it: which labels changed, and what the same audit says."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from labeler.learning.audit import CHECKPOINT_LEVEL, PairedDifference, judge_difference
from labeler.records import UNLABELED
from labeler.storage.rows import Result
from labeler.words import NOTHING, count, counted, percent
from labeler.workflow.array_names import LABEL_SET, Array
from labeler.workflow.audit.kept import audit_of
from labeler.workflow.run import Run

MOST_CHANGES = 10


@dataclass(frozen=True)
class Versions:
    """The labels and the classifier of the newest training, beside those of the one before.

    Attributes
    ----------
    before, after : Result
    n_images : int
        Images of the pool that both had.
    n_more : int
        Images that only the newest had.
    n_changed : int
        Labels of ``n_images`` that are others now.
    changes : tuple of (str, str, int)
        From which class to which, and how often; the most frequent ``MOST_CHANGES`` of them.
    labels, classifier : PairedDifference or None
        What the answers of the audit say of both label sets, and of what both classifiers say of
        the same images. None where no audit has got to a checkpoint, where its answers were
        released before one of the trainings, or one of them left nothing.
    """

    before: Result
    after: Result
    n_images: int
    n_more: int
    n_changed: int
    changes: tuple[tuple[str, str, int], ...]
    labels: PairedDifference | None
    classifier: PairedDifference | None


def versions_of(run: Run) -> Versions | None:
    """Compare the two newest trainings of a run.

    Returns
    -------
    Versions or None
        None where there are not two, or the classes of one are not known any more.
    """
    if len(run.results) < 2:
        return None
    after, before = run.results[:2]
    now, then = labels_of(run, after), labels_of(run, before)
    if now is None or then is None:
        return None
    n_images = min(len(now), len(then))
    is_other = now[:n_images] != then[:n_images]
    pairs = Counter(
        zip(then[:n_images][is_other].tolist(), now[:n_images][is_other].tolist(), strict=True)
    )
    names = (*run.labels.names, NOTHING)
    return Versions(
        before=before,
        after=after,
        n_images=n_images,
        n_more=len(now) - n_images,
        n_changed=int(is_other.sum()),
        changes=tuple((names[a], names[b], n) for (a, b), n in pairs.most_common(MOST_CHANGES)),
        labels=_judged(run, before, after, labels_of),
        classifier=_judged(run, before, after, _predictions),
    )


def in_words(versions: Versions) -> tuple[str, ...]:
    """What changed since the training before, a sentence each."""
    more = f"; {counted(versions.n_more, 'image')} came to it" if versions.n_more else ""
    lines = [
        f"Since the training before, {versions.n_changed:,} of {versions.n_images:,} labels "
        f"changed{more}."
    ]
    for what, found in (("labels", versions.labels), ("classifier", versions.classifier)):
        if found is not None and (found.n_mended or found.n_broken or versions.n_more):
            lines.append(_by_audit(what, found))
    return tuple(lines)


def version_values(versions: Versions) -> dict[str, Any]:
    """The same for programs, without what has its own place among the results."""
    values = asdict(replace(versions, before=None, after=None))  # type: ignore[arg-type]
    return values | {"before": versions.before.id, "after": versions.after.id}


def points(share: float) -> str:
    """``+3.1`` of 0.031."""
    return f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")


def _by_audit(what: str, found: PairedDifference) -> str:
    subject, are = ("The labels", "are") if what == "labels" else ("The classifier", "is")
    verdict = "" if found.is_clear else "; that may be chance"
    return (
        f"{subject} {are} {percent(found.after)} right by the same {counted(found.n, 'answer')} of "
        f"the audit, where {percent(found.before)} were: {points(found.estimate)} points "
        f"({points(found.low)} to {points(found.high)}){verdict}. {count(found.n_mended)} of them "
        f"became right, {count(found.n_broken)} wrong."
    )


def _judged(
    run: Run, before: Result, after: Result, read: Callable[[Run, Result], np.ndarray | None]
) -> PairedDifference | None:
    audit = audit_of(run)
    if audit is None or not audit.reached:
        return None
    released = audit.row.released_at
    if not audit.is_newest or (released is not None and after.created_at >= released):
        return None
    then, now = read(run, before), read(run, after)
    last = int(audit.design.images[-1])
    if then is None or now is None or last >= min(len(then), len(now)):
        return None
    return judge_difference(audit.sample(audit.reached[-1]), then, now, CHECKPOINT_LEVEL)


def labels_of(run: Run, result: Result) -> np.ndarray | None:
    """The labels that a training learned from, in the classes of now; None if that is not known."""
    return _as_now(run, result, LABEL_SET["labels"])


def _predictions(run: Run, result: Result) -> np.ndarray | None:
    return _as_now(run, result, Array.POOL_PREDICTIONS)


def _as_now(run: Run, result: Result, name: str) -> np.ndarray | None:
    """An array of labels of a result, in the classes of now, by their names."""
    if name not in result.artefacts:
        return None
    known = {name: label for label, name in enumerate(run.labels.names)}
    known |= {
        each.name: run.labels.label_of[each.id] for each in run.classes if each.name not in known
    }
    if not known.keys() >= set(result.metrics.classes):
        return None
    table = np.array([*(known[name] for name in result.metrics.classes), UNLABELED])
    return np.asarray(table[np.asarray(run.ws.array(result.artefacts[name]))])
