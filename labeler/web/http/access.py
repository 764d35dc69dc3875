"""Who may come in: one-use login addresses, and logins taken back."""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from labeler.web.http.attempts import Attempts
from labeler.web.settings import WebSettings

ADDRESS_SECONDS = 15 * 60.0
MOST_ADDRESSES = 8


@dataclass
class Access:
    """The doorkeeper of one app; its methods may be called from any thread.

    Attributes
    ----------
    settings : WebSettings
    folder : Path
        Where logged-out logins are kept: neither a restart nor another server on the same
        folder lets them in again.
    clock : callable
        Seconds that only grow.
    """

    settings: WebSettings
    folder: Path
    clock: Callable[[], float] = time.monotonic
    _addresses: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _logged_out: set[str] = field(default_factory=set)
    _n_read: int = 0

    def __post_init__(self) -> None:
        self._file = self.folder / "logged-out"
        self.passwords = Attempts(lambda: self.clock())
        self.asked_addresses = Attempts(lambda: self.clock(), most_of_all=10)

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

    def is_password(self, typed: str) -> bool:
        """Compared in constant time."""
        wanted = self.settings.password
        return wanted is not None and hmac.compare_digest(typed.encode(), wanted.encode())

    def fingerprint(self) -> str:
        """Changes with the password, so that a new one ends all logins."""
        password = (self.settings.password or "").encode()
        return hmac.new(self.settings.secret_key, password, sha256).hexdigest()[:16]

    def is_logged_in(self, session: Mapping[str, Any]) -> bool:
        """Whether a cookie is of a login that was not taken back and knows today's password."""
        login_id = session.get("id")
        return (
            isinstance(login_id, str)
            and session.get("fingerprint") == self.fingerprint()
            and not self.is_logged_out(login_id)
        )

    def log_out(self, login_id: str) -> None:
        """Let this login never in again, here or at another server of this folder.

        Raises
        ------
        OSError
            It could not be written down: a restart, or another server, does not know it.
        """
        with self._lock:
            self._logged_out.add(login_id)
            with self._file.open("a", encoding="ascii") as file:
                file.write(f"{login_id}\n")

    def is_logged_out(self, login_id: str) -> bool:
        with self._lock:
            self._read_on()
            return login_id in self._logged_out

    def _read_on(self) -> None:
        """What was written since the last look; whole lines, as a second server appends them."""
        try:
            if self._file.stat().st_size == self._n_read:
                return
            content = self._file.read_bytes()
        except FileNotFoundError:
            return
        self._n_read = len(content)
        self._logged_out.update(content.decode("ascii", "replace").split("\n"))
