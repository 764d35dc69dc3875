"""Labels as they were spread last, for who shows a few of them and must not wait for new ones."""

from dataclasses import dataclass

from labeler.pipeline.questions import abstain
from labeler.records import LabelSet
from labeler.workflow.run import Run
from labeler.workflow.spread.kept import kept_labels
from labeler.workflow.spread.spreading import chosen_settings, spread_labels


@dataclass(frozen=True)
class LastSpread:
    """Labels as they were spread last, perhaps before the newest answers, and what they mean.

    Attributes
    ----------
    label_set : LabelSet
    class_ids : tuple of int
        The class that each label stood for then.
    """

    label_set: LabelSet
    class_ids: tuple[int, ...]

    def class_of(self, run: Run, label: int) -> int | None:
        """The id of the class that a label counts for now; None for a class of the truth alone."""
        if label >= len(self.class_ids):
            return None
        return run.labels.class_ids[run.labels.label_of[self.class_ids[label]]]


def last_spread(run: Run) -> LastSpread | None:
    """The labels of a run as they were spread last, without making any that take long.

    Returns
    -------
    LastSpread or None
        None where none were spread yet, or images were added or taken back since.
    """
    settings, kept = chosen_settings(run), run.row.settings
    if settings.plugin.takes_fraction:
        return LastSpread(spread_labels(run, settings), run.labels.class_ids)
    if kept.spread_of is None or kept.spread_of[0] != run.id or kept.spread_by != settings.method:
        return None
    class_ids = kept.spread_classes
    if class_ids is None:
        class_ids = run.labels.class_ids if kept.spread_of[1] == run.revision else None
    label_set = kept_labels(run)
    if class_ids is None or len(label_set) != len(run.pool):
        return None
    return LastSpread(abstain(label_set, settings.threshold), class_ids)
