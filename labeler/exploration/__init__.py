"""How many clusters, and what is in them: vectors in; indices, clusters, parts and a map out.

::

    surveying.py    for each k: inertia, silhouette, Calinski–Harabasz, Davies–Bouldin, stability
    starts.py       the k-means runs behind it, and what one k owes to another
    silhouettes.py  silhouettes of a sample
    suggestions.py  the k that each index suggests, and what that does and does not say
    partition.py    the clusters at one k; one of them cut again, as deep as wanted
    splitting.py    some vectors cut into parts, whose number may be suggested
    details.py      what is in each cluster
    pool_map.py     the pool in two dimensions
    records.py      what passes between them

Nothing here asks for all pairwise distances.
"""

from labeler.exploration.details import describe_partition
from labeler.exploration.partition import (
    assign,
    cut_cluster,
    members_of,
    partition_at,
)
from labeler.exploration.pool_map import map_pool
from labeler.exploration.records import (
    ClusterDetails,
    ConfusedPair,
    Division,
    IndexRow,
    Partition,
    PartitionDetails,
    PoolMap,
    Suggestion,
    Survey,
    VectorSplit,
)
from labeler.exploration.splitting import split_vectors
from labeler.exploration.suggestions import suggest
from labeler.exploration.surveying import survey

__all__ = [
    "ClusterDetails",
    "ConfusedPair",
    "Division",
    "IndexRow",
    "Partition",
    "PartitionDetails",
    "PoolMap",
    "Suggestion",
    "Survey",
    "VectorSplit",
    "assign",
    "cut_cluster",
    "describe_partition",
    "map_pool",
    "members_of",
    "partition_at",
    "split_vectors",
    "suggest",
    "survey",
]
