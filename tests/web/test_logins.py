"""Who is let in: login addresses, passwords, names, cookies."""

import stat
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from labeler.exceptions import ConfigError
from labeler.web import WebSettings, create_app
from labeler.web.settings import secret_key
from labeler.workflow.workspace import Workspace
from tests.web.conftest import HOST, client_of, logged_in


def test_a_login_address_works_once(app: Flask) -> None:
    target = app.config["LABELER"].access.new_address().removeprefix(f"http://{HOST}")
    first, second = client_of(app), client_of(app)
    assert first.get(target).headers["Location"] == "/"
    assert first.get("/").status_code == 200
    assert b"used already" in second.get(target).data
    assert second.get("/").status_code == 303


def test_a_login_address_is_good_for_a_quarter_of_an_hour(app: Flask) -> None:
    access = app.config["LABELER"].access
    target = access.new_address().removeprefix(f"http://{HOST}")
    now = access.clock()
    access.clock = lambda: now + 15 * 60 + 1
    assert client_of(app).get(target).status_code == 200


def test_a_new_login_address_goes_to_the_terminal_and_not_to_the_page(ws: Workspace) -> None:
    printed: list[str] = []
    app = create_app(ws, WebSettings(secret_key=b"k" * 32, announce=printed.append))
    client = client_of(app)
    page = client.post("/login/address", follow_redirects=True).get_data(as_text=True)
    token = printed[0].split("token=")[1]
    assert token not in page
    assert client.get(f"/login?token={token}").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    target = app.config["LABELER"].access.new_address().removeprefix(f"http://{HOST}")
    cookie = client_of(app).get(target).headers["Set-Cookie"]
    assert cookie.startswith("labeler-5175=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_after_logging_out_a_copy_of_the_cookie_is_worthless(app: Flask, ws: Workspace) -> None:
    client = logged_in(app)
    cookie = client.get_cookie("labeler-5175")
    assert cookie is not None
    client.post("/logout")
    for again in (app, create_app(ws, app.config["LABELER"].settings)):
        thief = client_of(again)
        thief.set_cookie("labeler-5175", cookie.value)
        assert thief.get("/").status_code == 303


def test_a_logout_is_known_to_every_server_of_the_instance(app: Flask, ws: Workspace) -> None:
    other = create_app(ws, app.config["LABELER"].settings)
    client, copy = logged_in(app), client_of(other)
    cookie = client.get_cookie("labeler-5175")
    assert cookie is not None
    copy.set_cookie("labeler-5175", cookie.value)
    assert copy.get("/").status_code == 200
    client.post("/logout")
    assert copy.get("/").status_code == 303


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_on_a_full_disk_a_logout_counts_until_the_next_start(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, copy = logged_in(app), client_of(app)
    cookie = client.get_cookie("labeler-5175")
    assert cookie is not None
    copy.set_cookie("labeler-5175", cookie.value)
    monkeypatch.setattr(app.config["LABELER"].access, "_file", Path("/dev/full"))
    page = client.post("/logout", follow_redirects=True).get_data(as_text=True)
    assert "You are logged out until Labeler is started again" in page
    assert client.get("/").status_code == copy.get("/").status_code == 303


def test_a_changed_password_ends_every_login(ws: Workspace) -> None:
    old, new = (
        WebSettings(secret_key=b"k" * 32, password=word)
        for word in ("old password", "new password")
    )
    client = client_of(create_app(ws, old))
    client.post("/login", data={"password": "old password"})
    assert client.get("/").status_code == 200
    cookie = client.get_cookie("labeler-5175")
    assert cookie is not None
    later = client_of(create_app(ws, new))
    later.set_cookie("labeler-5175", cookie.value)
    assert later.get("/").status_code == 303


def from_address(app: Flask, address: str) -> FlaskClient:
    client = client_of(app)
    client.environ_base["REMOTE_ADDR"] = address
    return client


@pytest.fixture
def guarded(ws: Workspace) -> Flask:
    return create_app(ws, WebSettings(secret_key=b"k" * 32, password="a password"))


def test_a_wrong_password_is_refused_and_too_many_wait(guarded: Flask) -> None:
    client = client_of(guarded)
    tries = [client.post("/login", data={"password": "wrong"}).status_code for _ in range(6)]
    assert tries == [403] * 5 + [429]
    access = guarded.config["LABELER"].access
    now = access.clock()
    access.clock = lambda: now + 20
    waits = client.post("/login", data={"password": "a password"})
    assert waits.status_code == 429
    assert waits.headers["Retry-After"] in ("40", "41")
    assert f"Try again in {waits.headers['Retry-After']} seconds." in waits.get_data(as_text=True)
    access.clock = lambda: now + 61
    assert client.post("/login", data={"password": "a password"}).status_code == 303


def test_a_team_logs_in_within_a_minute_from_one_address(guarded: Flask) -> None:
    for _ in range(12):
        assert client_of(guarded).post("/login", data={"password": "a password"}).status_code == 303
    assert client_of(guarded).post("/login", data={"password": "wrong"}).status_code == 403


@pytest.mark.parametrize(
    ("attacker", "same", "other"),
    [
        ("203.0.113.1", "203.0.113.1", "203.0.113.2"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.1", "203.0.113.1", "::ffff:203.0.113.2"),
    ],
)
def test_who_guesses_locks_nobody_else_out(
    guarded: Flask, attacker: str, same: str, other: str
) -> None:
    for _ in range(9):
        from_address(guarded, attacker).post("/login", data={"password": "wrong"})
    right = {"password": "a password"}
    assert from_address(guarded, same).post("/login", data=right).status_code == 429
    assert from_address(guarded, other).post("/login", data=right).status_code == 303


def test_guesses_from_everywhere_have_a_limit_too(guarded: Flask) -> None:
    attempts = guarded.config["LABELER"].access.passwords
    attempts.most_of_all = 12
    waits = [attempts.seconds_to_wait(f"203.0.113.{number}") for number in range(13)]
    assert [bool(one) for one in waits] == [False] * 12 + [True]


@pytest.mark.parametrize(
    "name",
    ["oracle", "Data set", "data set (imported)", "(imported)", "Ada (imported)", "\u202egnp"],
)
def test_nobody_goes_by_a_name_that_is_taken_or_misread(guarded: Flask, name: str) -> None:
    client = client_of(guarded)
    reply = client.post("/login", data={"password": "a password", "name": name})
    assert reply.status_code == 400
    assert client.get("/").status_code == 303


def test_names_of_every_script_are_welcome(guarded: Flask) -> None:
    form = {"password": "a password", "name": "山田\u3000花子"}
    assert client_of(guarded).post("/login", data=form).status_code == 303


def test_a_wrong_password_leaves_the_name_in_the_form(guarded: Flask) -> None:
    client = client_of(guarded)
    for status in [403] * 5 + [429]:
        reply = client.post("/login", data={"password": "wrong", "name": 'Ada "A" Lovelace'})
        assert reply.status_code == status
        assert 'value="Ada &#34;A&#34; Lovelace"' in reply.get_data(as_text=True)


@pytest.mark.parametrize(
    "name", ["Ada\0", "Ada\nLovelace", "\x1b[31mAda", "Ada\u2028x", "A" * 81], ids=repr
)
def test_a_name_that_cannot_be_kept_is_refused_at_the_login(guarded: Flask, name: str) -> None:
    client = client_of(guarded)
    answer = client.post("/login", data={"password": "a password", "name": name})
    assert answer.status_code == 400
    assert b"Your name has" in answer.data
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("name", ["Ada Lovelace", "Zoë", "李小龍", "नमस्ते", "A" * 80])
def test_names_of_all_the_world_are_welcome(guarded: Flask, name: str) -> None:
    client = client_of(guarded)
    answer = client.post("/login", data={"password": "a password", "name": name})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Purpose": "prefetch"}),
        ("GET", {"X-Moz": "prefetch"}),
    ],
)
def test_who_only_looks_ahead_does_not_use_the_login_address_up(
    app: Flask, method: str, headers: dict[str, str]
) -> None:
    target = app.config["LABELER"].access.new_address().removeprefix(f"http://{HOST}")
    ahead = client_of(app)
    assert ahead.open(target, method=method, headers=headers).status_code == 200
    assert ahead.get("/").status_code == 303
    assert client_of(app).get(target).headers["Location"] == "/"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "javascript:1"]
)
def test_the_login_leads_to_no_other_site(app: Flask, target: str) -> None:
    token = app.config["LABELER"].access.new_address().split("token=")[1]
    answer = client_of(app).get("/login", query_string={"token": token, "next": target})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "labeler.example"])
def test_other_machines_are_let_in_only_with_a_password(host: str) -> None:
    with pytest.raises(ConfigError, match="password"):
        WebSettings(secret_key=b"k" * 32, host=host)
    assert WebSettings(secret_key=b"k" * 32, host=host, password="long enough").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_no_password(host: str) -> None:
    assert WebSettings(secret_key=b"k" * 32, host=host).password is None


def test_on_all_addresses_a_bare_address_is_a_host_and_a_name_is_not(ws: Workspace) -> None:
    settings = WebSettings(secret_key=b"k" * 32, host="0.0.0.0", password="long enough")
    assert settings.accepts_host("192.168.1.5")
    assert not settings.accepts_host("evil.example")


def test_a_short_key_or_password_is_refused() -> None:
    with pytest.raises(ConfigError, match="key"):
        WebSettings(secret_key=b"short")
    with pytest.raises(ConfigError, match="8 characters"):
        WebSettings(secret_key=b"k" * 32, password="short")


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert len(first) == 32
    assert secret_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
