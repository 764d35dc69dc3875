"""Everything that is shown of one exploration."""

from dataclasses import dataclass

from labeler.datasets.base import Dataset
from labeler.learning.cluster_analysis.records import (
    Partition,
    PartitionDetails,
    PoolMap,
    SuggestedK,
    Survey,
)


@dataclass(frozen=True, eq=False)
class Findings:
    """The indices over k, the clusters at one k, and a map.

    Attributes
    ----------
    dataset : Dataset
        Its ``train`` part is the pool.
    features : str
        The feature space.
    seed : int
    survey : Survey
    suggestions : tuple of SuggestedK
    k : int
        At which the clusters are looked at.
    partition : Partition
        The clusters at ``k``, perhaps with some cut again.
    details : PartitionDetails
    pool_map : PoolMap
    notes : tuple of str
    """

    dataset: Dataset
    features: str
    seed: int
    survey: Survey
    suggestions: tuple[SuggestedK, ...]
    k: int
    partition: Partition
    details: PartitionDetails
    pool_map: PoolMap
    notes: tuple[str, ...]

    @property
    def n_test(self) -> int:
        return 0 if self.dataset.test is None else len(self.dataset.test)

    @property
    def has_truth(self) -> bool:
        return self.details.purity is not None
