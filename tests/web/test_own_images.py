"""Own images on the page for a new run: looked at, put right, uploaded one by one, browsed to."""

import html
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from labeler.web import WebSettings, create_app
from labeler.web.http import data_roots
from labeler.web.settings import default_roots
from labeler.workflow import baskets, datasets, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.workspace import Workspace
from tests.web.conftest import job_of, logged_in

API = "/api/v1/baskets"


@pytest.fixture
def root(tmp_path: Path, png: Callable[..., bytes]) -> Path:
    """Two days of cats and dogs, and what must not be read."""
    folder = tmp_path / "data"
    for day in ("day1", "day2"):
        for number, name in enumerate(("cat", "dog")):
            (folder / "pets" / day / name).mkdir(parents=True)
            for n in range(4):
                picture = png(colour=20 * n + number + len(day) * (day == "day2"))
                (folder / "pets" / day / name / f"{n}.png").write_bytes(picture)
    (folder / "pets" / "raw").mkdir()
    (folder / "pets" / "raw" / "1.png").write_bytes(png(colour=200))
    (folder / ".secret").mkdir()
    (folder / ".secret" / "a.png").write_bytes(png())
    (folder / "out").symlink_to("/etc")
    (folder / "in").symlink_to(folder / "pets")
    return folder


@pytest.fixture
def rooted(ws: Workspace, root: Path) -> FlaskClient:
    return logged_in(create_app(ws, WebSettings(secret_key=b"k" * 32, data_roots=(root,))))


def text_of(client: FlaskClient, address: str) -> str:
    return html.unescape(client.get(address).get_data(as_text=True))


def look_at(client: FlaskClient, ws: Workspace, form: dict[str, object]) -> str:
    """The address of the page that shows what was seen."""
    reply = client.post("/looks", data=form)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    finish_job(ws, job_of(reply.headers["Location"]))
    return client.get(reply.headers["Location"]).headers["Location"]


def test_a_folder_is_looked_at_put_right_and_read_as_it_was_said(
    rooted: FlaskClient, ws: Workspace, root: Path
) -> None:
    form = {"dataset": "path", "path": str(root / "pets"), "budget": "4", "preset": "classic"}
    address = look_at(rooted, ws, {**form})
    page = text_of(rooted, address)
    assert "hold the same sub-folders (cat, dog)" in page
    assert 'name="class:day1"' in page
    assert 'value="4"' in page
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', page)
    said = {"folder:/day1": "train", "class:day2": "train", "folder:/raw": "ignore"}
    again = look_at(rooted, ws, {"dataset": dataset, "called:day1": "day1", **said})
    page = text_of(rooted, again)
    assert re.findall("<h3>(.*?)</h3>", page) == ["cat", "dog"]
    kept = re.findall(r'name="said" value="(.*?)" checked', page)
    assert kept == ['["train", "/day1"]', '["train", "day2"]', '["ignore", "/raw"]']
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', page)
    begin = {"dataset": dataset, "said": kept, "called:cat": "kitten", "budget": "4"}
    reply = rooted.post("/runs/new", data=begin | {"preset": "classic"})
    finish_job(ws, job_of(reply.headers["Location"]))
    (row,) = datasets.list_datasets(ws)
    assert (row.classes, row.counts["pool"]) == (("dog", "kitten"), 16)
    assert row.details["corrections"]["renamed"] == [["cat", "kitten"]]


def test_a_name_of_what_is_no_class_is_not_heeded(
    rooted: FlaskClient, ws: Workspace, root: Path
) -> None:
    address = look_at(rooted, ws, {"dataset": "path", "path": str(root / "pets")})
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', text_of(rooted, address))
    form = {"dataset": dataset, "class:raw": "ignore", "called:raw": "rawness"}
    assert "raw: left out" in text_of(rooted, look_at(rooted, ws, {**form}))


def test_what_was_said_stays_on_the_page_where_it_cannot_be_done(
    rooted: FlaskClient, ws: Workspace, root: Path
) -> None:
    address = look_at(rooted, ws, {"dataset": "path", "path": str(root / "pets")})
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', text_of(rooted, address))
    wrong = {"folder:/raw": "somewhere", "called:day1": "monday", "folder:/day1": "train"}
    reply = rooted.post("/looks", data={"dataset": dataset, "class:day2": "test", **wrong})
    assert reply.status_code == 400
    page = reply.get_data(as_text=True)
    assert page.count("selected>") == 2
    assert 'value="monday"' in page
    assert page.count("<details open>") == 3


def test_what_was_said_is_taken_back(rooted: FlaskClient, ws: Workspace, root: Path) -> None:
    form = {"dataset": "path", "path": str(root / "pets"), "class_folder": "last"}
    page = text_of(rooted, look_at(rooted, ws, {**form}))
    assert re.findall("<h3>(.*?)</h3>", page) == ["cat", "dog", "raw"]
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', page)
    page = text_of(rooted, look_at(rooted, ws, {"dataset": dataset}))
    assert re.findall("<h3>(.*?)</h3>", page) == ["day1", "day2", "raw"]


def test_folders_that_look_like_dates_are_no_classes_at_one_click(
    rooted: FlaskClient, ws: Workspace, root: Path
) -> None:
    for name, day in (("day1", "2024-05-01"), ("day2", "2024-05-02")):
        (root / "pets" / name / "cat").rename(root / "pets" / day)
    (root / "pets" / "raw" / "1.png").unlink()
    for name in ("day1/dog", "day2/dog"):
        for picture in (root / "pets" / name).iterdir():
            picture.unlink()
    page = text_of(rooted, look_at(rooted, ws, {"dataset": "path", "path": str(root / "pets")}))
    assert "look like dates" in page
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', page)
    button, field = 'name="class_folder" value="none"', 'name="class_folder">'
    assert 0 < page.index(button) < page.index(field)
    pressed = {"dataset": dataset, "class_folder": ["none", ""]}
    page = text_of(rooted, look_at(rooted, ws, {**pressed}))
    assert "No classes known" in page
    assert "They are no classes" not in page


def test_classes_below_a_folder_beside_images_are_warned_of_and_listed(
    rooted: FlaskClient, ws: Workspace, root: Path, png: Callable[..., bytes]
) -> None:
    for number in range(6):
        (root / f"{number}.png").write_bytes(png(colour=number))
    page = text_of(rooted, look_at(rooted, ws, {"dataset": "path", "path": str(root)}))
    assert "6 images lie beside pets/" in page.partition("</details>")[0]
    assert 'name="folder:/pets/day1/cat"' in page
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', page)
    page = text_of(rooted, look_at(rooted, ws, {"dataset": dataset, "class_folder": "last"}))
    assert re.findall("<h3>(.*?)</h3>", page) == ["cat", "dog", "raw", "No class known"]


def test_pictures_of_a_look_are_made_here_and_sandboxed(
    rooted: FlaskClient, ws: Workspace, root: Path
) -> None:
    page = text_of(rooted, look_at(rooted, ws, {"dataset": "path", "path": str(root / "pets")}))
    pictures = re.findall(r'src="(/looks/\d+/pictures/\d+\.webp)"', page)
    assert len(pictures) == 13
    reply = rooted.get(pictures[0])
    assert reply.data[:4] == b"RIFF"
    assert reply.headers["Content-Security-Policy"].startswith("sandbox")
    assert rooted.get(re.sub(r"\d+\.webp", "9999.webp", pictures[0])).status_code == 404
    assert rooted.get("/looks/9999/pictures/0.webp").status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"dataset": "path", "path": "/etc"},
        {"dataset": "known:digits"},
        {"dataset": "basket"},
        {"dataset": "basket:0000000000000000"},
        {"dataset": "basket:../x"},
        {"dataset": "look:999999"},
        {"dataset": "look:x"},
        {"dataset": "upload"},
        {},
    ],
)
def test_what_cannot_be_looked_at_is_said_on_the_page(
    client: FlaskClient, ws: Workspace, form: dict[str, str]
) -> None:
    reply = client.post("/looks", data=form)
    assert reply.status_code in (400, 404)
    assert not ws.uploads.exists() or not list(ws.uploads.iterdir())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("said", "no json"),
        ("said", '["erase", "/"]'),
        ("said", '["call", "a"]'),
        ("said", '{"a": 1}'),
        ("folder:/day1", "everything"),
        ("class_folder", "middle"),
    ],
)
def test_a_made_up_correction_is_refused(
    rooted: FlaskClient, ws: Workspace, root: Path, field: str, value: str
) -> None:
    form = {"dataset": "path", "path": str(root / "pets"), field: value}
    assert rooted.post("/looks", data=form).status_code == 400
    assert rooted.post("/runs/new", data=form).status_code == 400


def put(client: FlaskClient, basket_id: str, name: str, data: bytes) -> int:
    return client.put(
        f"{API}/{basket_id}/files", query_string={"name": name}, data=data
    ).status_code


def test_pictures_are_uploaded_one_by_one_and_go_on_where_they_were(
    client: FlaskClient, ws: Workspace, png: Callable[..., bytes]
) -> None:
    made = client.post(API).get_json()
    names = [f"pets/{name}/{n}.png" for name in ("cat", "dog") for n in range(5)]
    for n, name in enumerate(names[:6]):
        assert put(client, made["id"], name, png(colour=n)) == 201
    assert put(client, made["id"], names[0], png(colour=0)) == 200
    there = client.get(f"{API}/{made['id']}").get_json()
    assert (there["n_files"], list(there["files"])) == (6, names[:6])
    assert "6 files uploaded" in text_of(client, "/runs/new")
    assert f'value="basket:{made["id"]}" checked' in text_of(
        client, f"/runs/new?basket={made['id']}"
    )
    for n, name in enumerate(names[6:], 6):
        assert put(client, made["id"], name, png(colour=n)) == 201
    page = text_of(client, look_at(client, ws, {"dataset": f"basket:{made['id']}"}))
    assert re.findall("<h3>(.*?)</h3>", page) == ["cat", "dog"]
    (dataset,) = re.findall(r'name="dataset" value="(look:\d+)"', page)
    reply = client.post("/runs/new", data={"dataset": dataset, "budget": "4", "preset": "classic"})
    finish_job(ws, job_of(reply.headers["Location"]))
    assert runs.list_runs(ws)[0].run.name == "pets"
    assert list(ws.uploads.iterdir()) == []
    assert client.post("/looks", data={"dataset": dataset}).status_code == 400


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png", "C:a.png", ".ssh/id", "aux.png", ""])
def test_a_hostile_name_is_refused_by_the_api_and_by_the_form(
    client: FlaskClient, ws: Workspace, png: Callable[..., bytes], name: str
) -> None:
    made = client.post(API).get_json()
    assert put(client, made["id"], name, png()) == 400
    sent = {"dataset": "basket", "pictures": [(io.BytesIO(png()), name)]}
    assert client.post("/looks", data=sent).status_code in (303, 400)
    assert baskets.list_baskets(ws) == []
    inside = ws.instance.resolve()
    assert not [one for one in inside.parent.rglob("*.png") if "data" not in one.parts]


def test_a_file_beyond_the_limit_is_refused(ws: Workspace) -> None:
    settings = WebSettings(secret_key=b"k" * 32, max_upload_bytes=1000)
    client = logged_in(create_app(ws, settings))
    made = client.post(API).get_json()
    assert made["max_bytes"] == 1000
    reply = client.put(f"{API}/{made['id']}/files?name=a.png", data=b"x" * 1001)
    assert (reply.status_code, reply.get_json()["error"]["code"]) == (400, "UP-4")
    assert put(client, made["id"], "b.png", b"x" * 1_200_000) == 400


def test_a_page_without_scripts_sends_its_pictures_with_the_form(
    client: FlaskClient, ws: Workspace, png: Callable[..., bytes]
) -> None:
    sent = [(io.BytesIO(png(colour=n)), f"trip/{'ab'[n % 2]}/{n}.png") for n in range(6)]
    junk = (io.BytesIO(b"x"), "trip/.DS_Store")
    page = text_of(client, look_at(client, ws, {"dataset": "basket", "pictures": [*sent, junk]}))
    assert re.findall("<h3>(.*?)</h3>", page) == ["a", "b"]
    (basket,) = baskets.list_baskets(ws)
    assert (basket.name, len(basket.sizes)) == ("trip", 6)
    assert client.post(f"/baskets/{basket.id}/remove").status_code == 303
    assert baskets.list_baskets(ws) == []


def test_allowed_folders_are_browsed_and_nothing_else_is(
    rooted: FlaskClient, ws: Workspace, root: Path
) -> None:
    page = text_of(rooted, "/browse")
    assert "pets/</a>" in page
    assert "17 pictures" in page
    assert "in/</a>" in page
    assert "secret" not in page
    assert "out" not in re.findall(r"entry-name.*?>(\w+)/", page)
    assert "day1/</a>" in text_of(rooted, f"/browse?at={root}/pets")
    for path in (
        "/etc",
        f"{root}/out",
        f"{root}/.secret",
        f"{root}/..",
        "/",
        f"{root}/gone",
        "a\0",
    ):
        assert rooted.get("/browse", query_string={"at": path}).status_code == 400, path
        form = {"dataset": "path", "path": path}
        assert rooted.post("/looks", data=form).status_code == 400, path


def test_labelers_own_folder_is_not_read_wherever_it_lies(ws: Workspace, tmp_path: Path) -> None:
    settings = WebSettings(secret_key=b"k" * 32, data_roots=(tmp_path,))
    client = logged_in(create_app(ws, settings))
    assert "instance/</a>" not in text_of(client, "/browse")
    for path in (ws.instance, ws.instance / "artefacts"):
        path.mkdir(exist_ok=True)
        assert client.get("/browse", query_string={"at": str(path)}).status_code == 400


def test_a_large_folder_is_listed_in_part(
    rooted: FlaskClient, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_roots, "MOST_SHOWN", 2)
    monkeypatch.setattr(data_roots, "MOST_COUNTED", 3)
    page = text_of(rooted, f"/browse?at={root}/pets")
    assert "and 1 more" in page
    assert "or more" in page


def test_without_an_allowed_folder_the_pages_say_how_to_have_one(client: FlaskClient) -> None:
    assert "--data-root FOLDER" in text_of(client, "/browse")
    assert "--data-root FOLDER" in text_of(client, "/runs/new")


@pytest.mark.parametrize(
    ("settings", "is_allowed"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0", "password": "p" * 8}, False),
        ({"hosts": ("labels.example.org",)}, False),
        ({"proxies": ("10.0.0.1",), "password": "p" * 8}, False),
    ],
)
def test_the_folder_it_is_started_in_is_allowed_to_who_sits_before_the_machine(
    tmp_path: Path, settings: dict[str, object], is_allowed: bool
) -> None:
    served = WebSettings(secret_key=b"k" * 32, **settings)  # type: ignore[arg-type]
    assert default_roots(tmp_path, served) == ((tmp_path.resolve(),) if is_allowed else ())
    assert default_roots(Path("/"), served) == ()
