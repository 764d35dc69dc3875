"""A few answers in, many labels out: one way of propagation a file.

``labeler.plugins.PROPAGATIONS`` is the list of them, made of what the files say of themselves;
``base.py`` is their contract, ``rejected.py`` what all of them do with what images are not.
"""

from labeler.learning.propagation.base import Evidence, Propagation, answers_only
from labeler.learning.propagation.clusters import ROUNDING, propagate_to_clusters
from labeler.learning.propagation.graph import propagate_over_graph

__all__ = [
    "ROUNDING",
    "Evidence",
    "Propagation",
    "answers_only",
    "propagate_over_graph",
    "propagate_to_clusters",
]
