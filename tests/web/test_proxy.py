"""Behind a proxy: whom the server believes; and the whole way through a real nginx with HTTPS."""

import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from labeler.exceptions import ConfigError
from labeler.web import WebSettings, create_app
from labeler.workflow.workspace import Workspace, open_workspace
from tests.web.served import PASSWORD, PATIENCE, Answer, Served, ask, free_port, serving

PROXY, STRANGER = "10.1.2.3", "203.0.113.9"
SITE = "labels.example.org"
FORWARDED = {
    "X-Forwarded-For": "198.51.100.7, 203.0.113.50",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": SITE,
}
KEY = b"k" * 32


def behind(ws: Workspace, sender: str) -> FlaskClient:
    settings = WebSettings(
        secret_key=KEY, password=PASSWORD, proxies=("10.1.0.0/16",), public_url=f"https://{SITE}"
    )
    client = create_app(ws, settings).test_client()
    client.environ_base.update(REMOTE_ADDR=sender, HTTP_HOST="127.0.0.1:5175")
    return client


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = open_workspace(tmp_path_factory.mktemp("proxy"))
    yield workspace
    workspace.close()


def test_through_the_proxy_the_cookie_is_secure_and_the_real_origin_is_ours(
    quiet: Workspace,
) -> None:
    form, client = {"password": PASSWORD}, behind(quiet, PROXY)
    headers = {**FORWARDED, "Origin": f"https://{SITE}"}
    cookie = client.post("/login", data=form, headers=headers).headers["Set-Cookie"]
    assert cookie.startswith("__Host-labeler-5175=")
    assert "; Secure; " in cookie
    assert "Path=/" in cookie
    for origin in ("http://" + SITE, f"https://{SITE}:8443", "https://evil.example", "null"):
        refused = client.post("/login", data=form, headers={**headers, "Origin": origin})
        assert refused.status_code == 403, origin


def test_what_others_say_of_themselves_is_not_believed(quiet: Workspace) -> None:
    client = behind(quiet, STRANGER)
    answer = client.post("/login", data={"password": PASSWORD}, headers=FORWARDED)
    assert answer.headers["Set-Cookie"].startswith("labeler-5175=")
    assert "Secure" not in answer.headers["Set-Cookie"]
    headers = {**FORWARDED, "Origin": f"https://{SITE}"}
    assert client.post("/login", data={"password": PASSWORD}, headers=headers).status_code == 403


def test_without_the_setting_nobody_is_believed(shared_app: Flask) -> None:
    client = shared_app.test_client()
    headers = {**FORWARDED, "Host": "127.0.0.1:5175", "X-Forwarded-Prefix": "/elsewhere"}
    assert client.get("/", headers=headers).headers["Location"] == "/login?next=/"


@pytest.mark.parametrize("prefix", ["//evil.example", "/a\\b", "https://evil.example", "/a b"])
def test_a_prefix_that_is_no_path_is_left_out(quiet: Workspace, prefix: str) -> None:
    headers = {**FORWARDED, "X-Forwarded-Prefix": prefix}
    answer = behind(quiet, PROXY).get("/", headers=headers)
    assert answer.headers["Location"] == "/login?next=/"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"proxies": ("nobody",), "password": PASSWORD}, "no proxy's address"),
        ({"proxies": ("127.0.0.1",)}, "set a password"),
        ({"public_url": "https://labels.example.org", "password": PASSWORD}, "--trust-proxy"),
        *(
            ({"proxies": ("::1",), "password": PASSWORD, "public_url": url}, "no address of a site")
            for url in ("labels.example.org", "ftp://x", "https://x/?a=b", "https://u:p@x", "https://")
        ),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        WebSettings(secret_key=KEY, **given)  # type: ignore[arg-type]


@dataclass
class Site:
    """nginx with HTTPS in front of a server."""

    port: int
    served: Served
    tls: ssl.SSLContext

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **how: str) -> Answer:
        headers = {"Host": f"localhost:{self.port}"}
        headers |= {name.replace("_", "-"): value for name, value in how.items()}
        return ask(self.port, method, path, headers, form, tls=self.tls)


NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/cert; ssl_certificate_key {folder}/key;
{location}
    }}
}}
"""


def documented_block() -> str:
    """What docs/deploy.md says to put into nginx's configuration, word for word."""
    page = Path(__file__).parents[2].joinpath("docs", "deploy.md").read_text(encoding="utf-8")
    found = re.search(r"( +location /labels/ \{.*?\n +\}\n)", page, re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None or shutil.which("openssl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs nginx and openssl")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run([*make.split(), *names, *files], check=True, capture_output=True)
    options = ("--trust-proxy", "127.0.0.1", "--public-url", f"https://localhost:{port}/labels/")
    with serving(folder, *options) as served:
        location = documented_block().replace("127.0.0.1:5175", f"127.0.0.1:{served.port}")
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, location=location))
        command = [nginx, "-e", str(folder / "errors"), "-c", str(config)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        found = Site(port, served, ssl.create_default_context(cafile=str(folder / "cert")))
        wait_for(found, folder / "errors")
        yield found
        process.terminate()
        process.wait(PATIENCE)


def wait_for(site: Site, errors: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            site.ask("GET", "/labels/login")
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(errors.read_text())


def test_the_address_that_is_printed_is_the_one_outside(site: Site) -> None:
    assert site.served.printed == f"https://localhost:{site.port}/labels"


def test_a_person_works_through_the_proxy_and_leaves(site: Site) -> None:
    ours = f"https://localhost:{site.port}"
    shown = site.ask("GET", "/labels/runs/new")
    assert shown.headers["Location"] == "/labels/login?next=/labels/runs/new"
    form = {"password": PASSWORD, "name": "Ada", "next": "/labels/runs/new"}
    entered = site.ask("POST", "/labels/login", form, Origin=ours)
    assert (entered.status, entered.headers["Location"]) == (303, "/labels/runs/new")
    cookie = entered.headers["Set-Cookie"]
    assert cookie.startswith("__Secure-labeler-")
    assert "Secure;" in cookie
    assert "Path=/labels" in cookie
    page = site.ask("GET", "/labels/runs/new", Cookie=entered.cookie)
    assert page.status == 200
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    assert links
    assert all(link.startswith("/labels/") for link in links)
    style = next(link for link in links if link.endswith("base.css"))
    assert site.ask("GET", style).status == 200
    left = site.ask("POST", "/labels/logout", {}, Origin=ours, Cookie=entered.cookie)
    assert left.status == 303
    assert site.ask("GET", "/labels/", Cookie=entered.cookie).status == 303


def test_another_origin_is_refused_and_forged_headers_do_nothing(site: Site) -> None:
    form = {"password": PASSWORD}
    for origin in (f"http://localhost:{site.port}", "https://localhost", "https://evil.example"):
        assert site.ask("POST", "/labels/login", form, Origin=origin).status == 403
    forged: dict[str, Any] = {
        "X_Forwarded_For": "192.0.2.1",
        "X_Forwarded_Proto": "http",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Prefix": "/evil",
    }
    shown = site.ask("GET", "/labels/", **forged)
    assert (shown.status, shown.headers["Location"]) == (303, "/labels/login?next=/labels/")
    assert site.ask("POST", "/labels/login", {"password": "wrong"}, **forged).status == 403
    assert "a wrong password from 127.0.0.1" in site.served.log.read_text()
