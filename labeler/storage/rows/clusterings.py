"""Changes of the clusters of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ClusterChangeKind(StrEnum):
    """What was done to the clusters of a run."""

    SPLIT = "split"
    MERGE = "merge"
    UNDO = "undo"


@dataclass(frozen=True)
class ClusterChange:
    """One change of a run's clusters: a line of their lineage.

    Attributes
    ----------
    version : int
        Of the run's clusters, once changed; 0 are those it began with.
    parents, children : tuple of int
        The clusters that were there before, and those in their place. A cluster's number stands
        for the same images for good, and is never given to others.
    round : int or None
        The round of the questions that it asked.
    before, after : dict of str to str
        The arrays of the clusters, by name.
    undoes : int or None
        The id of the change that this one takes back.
    is_replay : bool
        Whether it had been made before, by the same ``op_id``; not compared.
    """

    id: int
    op_id: str
    run_id: str
    version: int
    kind: ClusterChangeKind
    annotator: str
    parents: tuple[int, ...]
    children: tuple[int, ...]
    round: int | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    undoes: int | None
    created_at: datetime
    is_replay: bool = field(default=False, compare=False)
