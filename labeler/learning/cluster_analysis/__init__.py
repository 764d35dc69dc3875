"""How many clusters, and what is in them: vectors in; indices, clusters, parts and a map out.

::

    surveying.py    for each k: inertia, silhouette, Calinski–Harabasz, Davies–Bouldin, stability
    starts.py       the k-means runs behind it, and what one k owes to another
    silhouettes.py  silhouettes of a sample
    suggested_k.py  the k that each index suggests, and what that does and does not say
    partition.py    the clusters at one k; one of them cut again, as deep as wanted
    parts.py        some vectors cut into parts, whose number may be suggested
    details.py      what is in each cluster
    pool_map.py     the pool in two dimensions
    records.py      what passes between them

Nothing here asks for all pairwise distances. scikit-learn and SciPy are imported by the functions
that compute: pages begin with the records, and ``labeler.web.http.science`` loads the rest.
"""

from labeler.learning.cluster_analysis.details import describe_partition
from labeler.learning.cluster_analysis.partition import (
    assign,
    cut_cluster,
    members_of,
    partition_at,
)
from labeler.learning.cluster_analysis.parts import split_vectors
from labeler.learning.cluster_analysis.pool_map import map_pool
from labeler.learning.cluster_analysis.records import (
    ClusterDetails,
    ConfusedPair,
    Division,
    IndexRow,
    Partition,
    PartitionDetails,
    PoolMap,
    SuggestedK,
    Survey,
    VectorSplit,
)
from labeler.learning.cluster_analysis.suggested_k import suggest
from labeler.learning.cluster_analysis.surveying import survey

__all__ = [
    "ClusterDetails",
    "ConfusedPair",
    "Division",
    "IndexRow",
    "Partition",
    "PartitionDetails",
    "PoolMap",
    "SuggestedK",
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
