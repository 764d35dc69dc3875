"""Pictures from the few places that are allowed: the task itself, one folder, one Label Studio.

A task says where its picture is, and whoever can write tasks could say any address: of this
machine's network, or of its files. So nothing is asked but what was named at the start, nothing is
followed elsewhere, and nothing is taken beyond a size and a time.
"""

import base64
import binascii
import http.client
import json
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from labeler.exceptions import ConfigError, LabelerError
from labeler.web.settings import is_site

MOST_BYTES = 50_000_000
"""Of one picture."""

SECONDS = 20.0
"""For one picture, from the first byte asked for to the last one taken."""

TOKEN_SECONDS = 240.0
"""How long a token is used that Label Studio lends for another; it lends them for five minutes."""

LOCAL_FILES = "/data/local-files/"
_CHUNK = 1 << 16
_PORTS = {"http": 80, "https": 443}
_IN_ADDRESSES = "%/:=&?~+!$,;'@()*[]"


class PictureError(LabelerError):
    """A picture is not to be had; the message says why."""


@dataclass
class Sources:
    """Where pictures may come from; its methods may be called from any thread.

    Attributes
    ----------
    files : Path or None
        The folder that Label Studio serves as local files.
    site : str or None
        The address of Label Studio.
    token : str
        The one that its users have: of the old kind, or one that is exchanged for another.
    """

    files: Path | None = None
    site: str | None = None
    token: str = field(default="", repr=False)
    _lent: tuple[float, str] = (float("-inf"), "")
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        if self.site is not None and not is_site(self.site):
            raise ConfigError(
                f"{self.site!r} is no address of a site; write it as https://labels.example.org."
            )
        if self.files is not None:
            self.files = self.files.resolve()

    def read(self, address: object) -> bytes:
        """The bytes of one picture.

        Raises
        ------
        PictureError
            It lies elsewhere, is too large, or is not there.
        """
        if not isinstance(address, str) or not address:
            raise PictureError("The task has no address of a picture.")
        if address.startswith("data:"):
            return _inside(address)
        try:
            parts = urlsplit(address)
            is_ours = self._is_ours(parts)
        except ValueError as error:
            raise PictureError("The address of the picture is none.") from error
        if is_ours and parts.path.endswith(LOCAL_FILES) and self.files is not None:
            return self._below(parse_qs(parts.query).get("d", [""])[0])
        if not is_ours or self.site is None:
            raise PictureError(
                "The picture lies where Labeler does not look: neither in the task (data:), nor "
                "below --files, nor at --label-studio."
            )
        return self._fetched(parts)

    def _is_ours(self, parts: SplitResult) -> bool:
        """Whether it is a path of Label Studio's, or its whole address."""
        if not parts.scheme and not parts.netloc:
            return parts.path.startswith("/")
        site = urlsplit(self.site or "")
        return (
            parts.username is None
            and parts.password is None
            and (parts.scheme, parts.hostname, _port(parts))
            == (site.scheme, site.hostname, _port(site))
        )

    def _below(self, name: str) -> bytes:
        assert self.files is not None
        try:
            path = (self.files / name).resolve()
            inside = path.relative_to(self.files)
            is_hidden = any(part.startswith(".") for part in inside.parts)
            if is_hidden or not path.is_file():
                raise PictureError("There is no such picture below --files.")
            with path.open("rb") as file:
                return _limited(file.read(MOST_BYTES + 1))
        except (OSError, ValueError) as error:
            raise PictureError("There is no such picture below --files.") from error

    def _fetched(self, parts: SplitResult) -> bytes:
        prefix = urlsplit(self.site or "").path.rstrip("/")
        path = parts.path if parts.path.startswith(f"{prefix}/") else f"{prefix}{parts.path}"
        wanted = quote(path, safe=_IN_ADDRESSES)
        if parts.query:
            wanted += f"?{quote(parts.query, safe=_IN_ADDRESSES)}"
        return self._asked("GET", wanted, self._authorization())

    def _authorization(self) -> dict[str, str]:
        if not self.token:
            return {}
        if self.token.count(".") != 2:
            return {"Authorization": f"Token {self.token}"}
        with self._lock:
            lent, access = self._lent
            if time.monotonic() - lent > TOKEN_SECONDS:
                access = self._exchanged()
                self._lent = (time.monotonic(), access)
        return {"Authorization": f"Bearer {access}"}

    def _exchanged(self) -> str:
        """The token that stands for ours during some minutes."""
        prefix = urlsplit(self.site or "").path.rstrip("/")
        body = json.dumps({"refresh": self.token})
        headers = {"Content-Type": "application/json"}
        answer = self._asked("POST", f"{prefix}/api/token/refresh", headers, body)
        try:
            return str(json.loads(answer)["access"])
        except (ValueError, KeyError, TypeError) as error:
            raise PictureError("Label Studio lends no token for LABEL_STUDIO_API_KEY.") from error

    def _asked(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> bytes:
        site = urlsplit(self.site or "")
        assert site.hostname is not None
        until = time.monotonic() + SECONDS
        connection = _connection(site)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise PictureError(f"Label Studio answers {answer.status} for the picture.")
            return _received(answer, until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PictureError("Label Studio cannot be reached for the picture.") from error
        finally:
            connection.close()


def _connection(site: SplitResult) -> http.client.HTTPConnection:
    """Not by ``urllib.request``: that follows elsewhere, and asks proxies."""
    host = site.hostname or ""
    if site.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, _port(site), timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, _port(site), timeout=SECONDS)


def _received(answer: http.client.HTTPResponse, until: float) -> bytes:
    parts, n_bytes = [], 0
    while part := answer.read1(_CHUNK):
        parts.append(part)
        n_bytes += len(part)
        if n_bytes > MOST_BYTES:
            break
        if time.monotonic() > until:
            raise PictureError("Label Studio takes too long for the picture.")
    return _limited(b"".join(parts))


def _inside(address: str) -> bytes:
    head, comma, content = address.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise PictureError("The picture in the task is not written as data:image/...;base64,...")
    try:
        return _limited(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError) as error:
        raise PictureError("The picture in the task is no Base64.") from error


def _limited(data: bytes) -> bytes:
    if len(data) > MOST_BYTES:
        raise PictureError(f"The picture has more than {MOST_BYTES:,} bytes.")
    return data


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)
