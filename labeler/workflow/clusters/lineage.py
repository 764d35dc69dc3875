"""How the clusters of a run came to be: every split, every merge, and what was taken back."""

from collections.abc import Sequence

from labeler.storage.rows import ClusterChange, ClusterChangeKind


def standing_changes(changes: Sequence[ClusterChange]) -> list[ClusterChange]:
    """The changes that were not taken back, in their order."""
    undone = {one.undoes for one in changes}
    return [
        one for one in changes if one.kind is not ClusterChangeKind.UNDO and one.id not in undone
    ]


def parents_of(changes: Sequence[ClusterChange]) -> dict[int, tuple[int, ...]]:
    """The clusters that each cluster was made from, by number; those from the start have none."""
    made = [one for one in changes if one.kind is not ClusterChangeKind.UNDO]
    return {child: one.parents for one in made for child in one.children}


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
