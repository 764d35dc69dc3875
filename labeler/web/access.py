"""Who may come in: one-use login addresses, password attempts, and logins taken back."""

import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock

from labeler.web.settings import WebSettings

ATTEMPTS = 5
ATTEMPT_SECONDS = 60.0
ADDRESS_SECONDS = 15 * 60.0
MOST_ADDRESSES = 8


@dataclass
class Access:
    """The doorkeeper of one app; its methods may be called from any thread.

    Attributes
    ----------
    settings : WebSettings
    folder : Path
        Where logged-out logins are kept, so that a restart does not let them in again.
    clock : callable
        Seconds that only grow.
    """

    settings: WebSettings
    folder: Path
    clock: Callable[[], float] = time.monotonic
    _addresses: dict[str, float] = field(default_factory=dict)
    _attempts: deque[float] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._file = self.folder / "logged-out"
        known = self._file.read_text("ascii").split() if self._file.exists() else []
        self._logged_out = set(known)

    def new_address(self) -> str:
        """A login address that works once, within a quarter of an hour."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._addresses[token] = self.clock() + ADDRESS_SECONDS
            while len(self._addresses) > MOST_ADDRESSES:
                del self._addresses[next(iter(self._addresses))]
        return f"{self.settings.address}/login?token={token}"

    def redeem(self, token: str) -> bool:
        """Whether ``token`` is of an address not yet used; it is used now."""
        with self._lock:
            expires = self._addresses.pop(token, 0.0)
        return self.clock() < expires

    def may_try(self) -> bool:
        """Whether one more attempt is allowed now; counted for everybody together."""
        moment = self.clock()
        with self._lock:
            while self._attempts and self._attempts[0] <= moment - ATTEMPT_SECONDS:
                self._attempts.popleft()
            if len(self._attempts) >= ATTEMPTS:
                return False
            self._attempts.append(moment)
            return True

    def is_password(self, given: str) -> bool:
        """Compared in constant time."""
        wanted = self.settings.password
        return wanted is not None and hmac.compare_digest(given.encode(), wanted.encode())

    def fingerprint(self) -> str:
        """Changes with the password, so that a new one ends all logins."""
        password = (self.settings.password or "").encode()
        return hmac.new(self.settings.secret_key, password, sha256).hexdigest()[:16]

    def log_out(self, login_id: str) -> None:
        """Let this login never in again."""
        with self._lock, self._file.open("a", encoding="ascii") as file:
            file.write(f"{login_id}\n")
            self._logged_out.add(login_id)

    def is_logged_out(self, login_id: str) -> bool:
        return login_id in self._logged_out
