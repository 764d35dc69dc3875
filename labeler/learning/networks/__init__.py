"""Networks that were trained on other pictures, each behind the same protocol.

::

    base.py    what every network promises
"""

from labeler.learning.networks.base import Network

__all__ = ["Network"]
