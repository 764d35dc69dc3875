"""How the clusters of a run came to be: every split, every merge, and what was taken back."""

from collections.abc import Sequence

from labeler.storage.rows import ClusterChange, ClusterChangeKind


def standing_changes(changes: Sequence[ClusterChange]) -> list[ClusterChange]:
    """The changes that were not taken back, in their order."""
    undone = {change.undoes for change in changes}
    return [
        change
        for change in changes
        if change.kind is not ClusterChangeKind.UNDO and change.id not in undone
    ]


def parents_of(changes: Sequence[ClusterChange]) -> dict[int, tuple[int, ...]]:
    """The clusters that each cluster was made from, by number; those from the start have none."""
    regroupings = [change for change in changes if change.kind is not ClusterChangeKind.UNDO]
    return {child: change.parents for change in regroupings for child in change.children}


def what_became(number: int, change: ClusterChange) -> str:
    """What somebody is told who means a cluster that a change did away with."""
    listed = ", ".join(map(str, change.children))
    if change.kind is ClusterChangeKind.SPLIT:
        done = f"was split by {change.annotator} into {listed}"
    elif change.kind is ClusterChangeKind.MERGE:
        done = f"was merged by {change.annotator} into {listed}"
    else:
        done = f"is gone: {change.annotator} took its split or merge back, to {listed}"
    return f"Cluster {number} {done}; look at that before you change it."
