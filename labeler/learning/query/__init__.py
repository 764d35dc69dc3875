"""Which images to ask about: one strategy a file, all with the same signature."""

from labeler.learning.query.base import Pool, Strategy
from labeler.learning.query.random import query_random
from labeler.learning.query.representatives import query_representatives
from labeler.learning.query.uncertain import query_uncertain

STRATEGIES: dict[str, Strategy] = {
    "random": query_random,
    "representatives": query_representatives,
    "uncertain": query_uncertain,
}

__all__ = [
    "STRATEGIES",
    "Pool",
    "Strategy",
    "query_random",
    "query_representatives",
    "query_uncertain",
]
