"""How often somebody may guess: counted by address, with a far higher limit for all together."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_network
from threading import Lock

from labeler.web.http.proxy import plain_address

MOST_OF_ONE = 5
MOST_OF_ALL = 300
WINDOW_SECONDS = 60.0


@dataclass
class Attempts:
    """Failures of the last minute; its methods may be called from any thread.

    Attributes
    ----------
    clock : callable
        Seconds that only grow.
    most_of_one, most_of_all : int
        From one address (of IPv6: one network of 64 bits), and from all.
    """

    clock: Callable[[], float]
    most_of_one: int = MOST_OF_ONE
    most_of_all: int = MOST_OF_ALL
    _failures: deque[tuple[float, str]] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def seconds_to_wait(self, address: str) -> int:
        """0 where an attempt may be made now; it counts until it is taken back as right."""
        moment, sender = self.clock(), sender_of(address)
        with self._lock:
            while self._failures and self._failures[0][0] <= moment - WINDOW_SECONDS:
                self._failures.popleft()
            ours = [when for when, who in self._failures if who == sender]
            everybody = [when for when, _ in self._failures]
            for times, most in ((ours, self.most_of_one), (everybody, self.most_of_all)):
                if len(times) >= most:
                    return math.ceil(times[-most] + WINDOW_SECONDS - moment)
            self._failures.append((moment, sender))
            return 0

    def was_right(self, address: str) -> None:
        """Do not count the newest attempt from there: it was none to guess."""
        sender = sender_of(address)
        with self._lock:
            for place in reversed(range(len(self._failures))):
                if self._failures[place][1] == sender:
                    del self._failures[place]
                    return


def sender_of(address: str) -> str:
    """Who an address stands for: of IPv6, everybody has a network of 64 bits to choose from."""
    try:
        ip = plain_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip_network((ip, 64), strict=False))
    return str(ip)
