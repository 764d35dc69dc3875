"""What the web front end can be told, validated once; and the key that signs its cookies."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from labeler.exceptions import ConfigError
from labeler.web.http.proxy import read_network

DEFAULT_PORT = 5175
KEY_FILE = "secret-key"
KEY_BYTES = 32
SHORTEST_PASSWORD = 8
MAX_UPLOAD_BYTES = 2_000_000_000
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def _say_nothing(message: str) -> None:
    """The default of ``announce``: a library does not print."""


@dataclass(frozen=True)
class WebSettings:
    """How the pages are served.

    Attributes
    ----------
    secret_key : bytes
        At least 32 bytes; signs the cookies.
    host, port
        Where the server listens. The cookie's name carries the port, because cookies do not
        know ports and two Labelers on one machine would log each other out.
    password : str or None
        Needed for any host but loopback.
    hosts : tuple of str
        Further names under which the pages may be asked for.
    proxies : tuple of str
        Addresses or networks of the proxies whose ``X-Forwarded-*`` headers are believed; needs
        a ``password``.
    public_url : str or None
        Where people find the pages behind such a proxy; its name needs no mention in ``hosts``.
    data_roots : tuple of Path
        Folders whose contents may become a data set by path.
    max_upload_bytes : int
    announce : callable
        Told each new login address; the terminal, never a web page.
    """

    secret_key: bytes = field(repr=False)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    password: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    public_url: str | None = None
    data_roots: tuple[Path, ...] = ()
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    announce: Callable[[str], None] = _say_nothing

    def __post_init__(self) -> None:
        if len(self.secret_key) < KEY_BYTES:
            raise ConfigError(f"The secret key has {len(self.secret_key)} bytes; it needs 32.")
        if not 0 < self.port < 65536:
            raise ConfigError(f"port is {self.port}; it must be from 1 to 65535.")
        if self.password is not None and len(self.password) < SHORTEST_PASSWORD:
            raise ConfigError(f"The password must have at least {SHORTEST_PASSWORD} characters.")
        if self.password is None and not is_loopback(self.host):
            raise ConfigError(
                f"host is {self.host}, which other machines can reach; set a password "
                "(LABELER_PASSWORD), or serve on 127.0.0.1."
            )
        self._check_proxies()

    def _check_proxies(self) -> None:
        for proxy in self.proxies:
            read_network(proxy)
        if self.proxies and self.password is None:
            raise ConfigError(
                "Behind a proxy, other machines can reach the pages; set a password "
                "(LABELER_PASSWORD)."
            )
        if self.public_url is None:
            return
        if not self.proxies:
            raise ConfigError("A public URL needs --trust-proxy ADDRESS, that of the proxy.")
        if not is_site(self.public_url):
            raise ConfigError(
                f"{self.public_url!r} is no address of a site; write it as "
                "https://labels.example.org or https://example.org/labels."
            )

    @property
    def cookie_name(self) -> str:
        return f"labeler-{self.port}"

    @property
    def address(self) -> str:
        """Where a browser finds the pages: through the proxy, or else on this machine."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{'127.0.0.1' if _is_wildcard(self.host) else host}:{self.port}"

    def accepts_host(self, name: str) -> bool:
        """Whether pages may be asked for under ``name`` (a Host header without its port)."""
        allowed = LOOPBACK_NAMES | {host.lower() for host in (self.host, *self.hosts)}
        if self.public_url is not None:
            allowed |= {_host_of(self.public_url)}
        # A page cannot make a bare address point elsewhere, so it is safe against rebinding.
        return name in allowed or (_is_wildcard(self.host) and is_address(name.strip("[]")))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    return host.lower() == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Whether ``host`` is an IPv4 or IPv6 address, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_site(url: str) -> bool:
    """Whether ``url`` says where a site is: scheme, host, and at most a port and a path."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_bare = not (parts.query or parts.fragment or parts.username or parts.password)
    is_plain = url.isascii() and url.isprintable() and " " not in url
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and is_bare
        and (is_plain and port != 0)
    )


def default_roots(folder: Path, settings: WebSettings) -> tuple[Path, ...]:
    """What pages may read where nobody said: the folder that Labeler is started in.

    Nothing where other machines can reach the pages, and never a whole disk.

    Parameters
    ----------
    folder : Path
    settings : WebSettings
    """
    is_private = is_loopback(settings.host) and not (settings.proxies or settings.hosts)
    root = folder.resolve()
    return (root,) if is_private and root != Path(root.anchor) else ()


def secret_key(folder: Path) -> bytes:
    """The key in ``folder``, made at the first start and readable by its owner only.

    Raises
    ------
    ConfigError
        What is there is no key.
    OSError
        The folder is read-only or full; no part of a key is left then.
    """
    key = read_key(folder)
    if key is None:
        _write_new(folder / KEY_FILE, secrets.token_bytes(KEY_BYTES))
        key = read_key(folder)  # perhaps that of another server, which was faster
    assert key is not None
    return key


def read_key(folder: Path) -> bytes | None:
    """The key in ``folder``; None where there is none, or an empty file in its place.

    Raises
    ------
    ConfigError
        It cannot be read, or is too short to be a key.
    """
    file = folder / KEY_FILE
    try:
        key = file.read_bytes()
        with suppress(PermissionError):  # somebody else's, who lets us read it
            file.chmod(0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read ({error.strerror}); check its permissions, or remove it: the "
            "next start makes a new one, and everybody logs in again."
        ) from error
    if 0 < len(key) < KEY_BYTES:
        raise ConfigError(
            f"{file} has {len(key)} bytes, a key at least {KEY_BYTES}; remove it: the next start "
            "makes a new one, and everybody logs in again."
        )
    return key or None


def _write_new(file: Path, content: bytes) -> None:
    """Put a key there at once, unless there is one; an empty file makes room."""
    temporary = file.with_name(f".labeler-{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            if file.stat().st_size == 0:
                file.unlink()
        _link(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    """Give a file its name, unless it is taken: of two that do so, the first wins."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except OSError:  # a disk without hard links
        source.replace(target)


def _is_wildcard(host: str) -> bool:
    return is_address(host) and ip_address(host).is_unspecified


def _host_of(url: str) -> str:
    """Its host as it stands in a request, without the port."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host
