"""Behind an HTTPS proxy: whom to believe who asks, under which name, and how.

Anybody can send ``X-Forwarded-*``. They count where the connection comes from a proxy that was
named at start, and one step far: what that proxy itself has set or added.
"""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from labeler.exceptions import ConfigError

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Network = IPv4Network | IPv6Network

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+", re.ASCII)
_ONE_STEP = {"x_for": 1, "x_proto": 1, "x_host": 1, "x_prefix": 1}


class TrustedProxies:
    """A WSGI app that believes the proxies of these networks, and nobody else.

    Parameters
    ----------
    app : WSGI application
    networks : sequence of str
        Addresses, or networks as ``10.0.0.0/8``.
    """

    def __init__(self, app: WSGIApp, networks: Iterable[str]) -> None:
        self.app = app
        self.through_proxy = ProxyFix(app, **_ONE_STEP)
        self.networks = [read_network(text) for text in networks]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if not self._is_proxy(environ.get("REMOTE_ADDR", "")):
            return self.app(environ, start_response)
        prefix = environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/")
        if _PREFIX.fullmatch(prefix) is None:
            prefix = ""
        environ["HTTP_X_FORWARDED_PREFIX"] = prefix
        return self.through_proxy(environ, start_response)

    def _is_proxy(self, address: str) -> bool:
        try:
            ip = plain_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self.networks)


def plain_address(text: str) -> Any:
    """An address; one of IPv4 that is written as IPv6 is one of IPv4.

    Raises
    ------
    ValueError
        It is none.
    """
    ip = ip_address(text.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return ip if mapped is None else mapped


def read_network(text: str) -> Network:
    """The network of an address, or of many.

    Raises
    ------
    ConfigError
    """
    try:
        return ip_network(text)
    except ValueError as error:
        raise ConfigError(
            f"{text!r} is no proxy's address; write one as 127.0.0.1, ::1 or 10.0.0.0/8."
        ) from error
