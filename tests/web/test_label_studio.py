"""A model behind Label Studio: its protocol, and the pictures that it does not go for."""

import base64
import json
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from labeler.exceptions import ConfigError
from labeler.formats.label_studio import labeling_config
from labeler.prediction.model import Model
from labeler.web import WebSettings
from labeler.web.label_studio import pictures
from labeler.web.label_studio.app import create_model_app
from labeler.web.label_studio.choices import choices_of
from labeler.web.label_studio.naming import Naming
from labeler.web.label_studio.pictures import PictureError, Sources
from tests.conftest import make_bars
from tests.prediction.conftest import make_model
from tests.web.served import PASSWORD

CLASSES = ("a", "b", "c", "d")
CONFIG = labeling_config(CLASSES)
TOKEN = "header.payload.signature"


def png(image: np.ndarray) -> bytes:
    written = BytesIO()
    Image.fromarray(image).save(written, "PNG")
    return written.getvalue()


def inside(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def label_interface() -> Any:
    """Label Studio's own check of predictions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's about its own libraries
        return pytest.importorskip("label_studio_sdk.label_interface").LabelInterface


class Studio(BaseHTTPRequestHandler):
    """A Label Studio that has one picture, lends tokens, and sends some elsewhere."""

    picture = b""
    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        if self.path == "/away.png":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/secret.png")
            self.end_headers()
            return
        self._answer(self.picture if self.path.startswith("/data/upload/") else b"")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body["refresh"]))
        self._answer(b'{"access": "lent"}')

    def _answer(self, body: bytes) -> None:
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def model() -> Model:
    return make_model()


@pytest.fixture
def studio() -> Iterator[str]:
    Studio.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Studio) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def client(model: Model, sources: Sources | None = None, **settings: Any) -> FlaskClient:
    app = create_model_app(
        Naming(model, sources or Sources()), WebSettings(secret_key=b"k" * 32, **settings)
    )
    return app.test_client()


def test_tasks_are_answered_as_label_studio_wants_it(
    model: Model, studio: str, tmp_path: Path
) -> None:
    test = make_bars().test
    assert test is not None
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "one.png").write_bytes(png(test.images[1]))
    Studio.picture = png(test.images[2])
    addresses = [
        inside(png(test.images[0])),
        "/data/local-files/?d=set/one.png",
        "/data/upload/1/two%20pictures.png",
        f"{studio}/data/upload/1/two.png?x=1",
        inside(b"no picture"),
        f"{studio}/away.png",
    ]
    tasks = [{"id": 7 + n, "data": {"image": one}} for n, one in enumerate(addresses)]
    asked = {"tasks": tasks, "project": "1.1", "label_config": CONFIG, "params": {}}
    answer = client(model, Sources(tmp_path, studio, TOKEN)).post("/predict", json=asked).get_json()
    results = answer["results"]
    assert len(results) == len(tasks)
    interface = label_interface()(CONFIG)
    for place, result in enumerate(results[:4]):
        said = model.predict(test.images[[min(place, 2)]])
        assert interface.validate_prediction(result)
        assert result["result"][0]["value"] == {"choices": [CLASSES[said.labels[0]]]}
        assert result["score"] == pytest.approx(said.confidences[0])
        assert result["model_version"] == answer["model_version"]
    assert [one["result"] for one in results[4:]] == [[], []]
    assert [one.partition(":")[0] for one in answer["problems"]] == ["Task 11", "Task 12"]
    assert Studio.asked[:2] == [
        ("/api/token/refresh", TOKEN),
        ("/data/upload/1/two%20pictures.png", "Bearer lent"),
    ]
    assert len(Studio.asked) == 4  # the token is lent once, and nothing was followed


def test_the_other_addresses_of_the_protocol(model: Model) -> None:
    one = client(model)
    version = one.post("/setup", json={"schema": CONFIG, "access_token": "x", "hostname": "y"})
    assert version.get_json()["model_version"].startswith("bars-")
    assert one.get("/health").get_json()["status"] == "UP"
    assert one.get("/versions").get_json() == {"versions": [version.get_json()["model_version"]]}
    assert one.post("/webhook", json={"action": "ANNOTATION_CREATED"}).status_code == 201


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        7,
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:5175/runs",
        "http://[::1/x",
        "//127.0.0.1/x.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x.png",
        "picture.png",
        "http://user@studio.example.org/x.png",
        "http://studio.example.org:81/x.png",
        "https://studio.example.org/x.png",
        "http://studio.example.org.evil.example/x.png",
        "/data/local-files/?d=../outside.png",
        "/data/local-files/?d=/etc/passwd",
        "/data/local-files/?d=.hidden.png",
        "/data/local-files/?d=link.png",
        "/data/local-files/?d=set",
        "/data/local-files/?d=%00",
        "/data/local-files/",
        "data:text/html;base64,AAAA",
        "data:image/png,AAAA",
        "data:image/png;base64,!!",
    ],
)
def test_nothing_else_is_looked_at(
    address: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    (root / "set").mkdir(parents=True)
    for path in (tmp_path / "outside.png", root / ".hidden.png"):
        path.write_bytes(b"secret")
    (root / "link.png").symlink_to(tmp_path / "outside.png")

    def connect(*_: Any) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(pictures, "_connection", connect)
    with pytest.raises(PictureError):
        Sources(root, "http://studio.example.org", TOKEN).read(address)


def test_what_is_too_large_is_not_taken(studio: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_BYTES", 1000)
    Studio.picture = b"x" * 100_000
    for address in ("/data/upload/1/x.png", inside(b"x" * 1001)):
        with pytest.raises(PictureError, match="more than 1,000 bytes"):
            Sources(None, studio).read(address)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"tasks": [], "label_config": "<View/>"}, "no choices about an image"),
        ({"tasks": [], "label_config": "<View"}, "no XML"),
        ({"tasks": [], "label_config": '<!DOCTYPE x [<!ENTITY y "z">]><View/>'}, "declarations"),
        ({"tasks": 7, "label_config": CONFIG}, "not what Label Studio sends"),
        ({"tasks": [{}] * 1001, "label_config": CONFIG}, "at most 1,000"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(
    body: dict[str, Any], said: str, model: Model
) -> None:
    answer = client(model).post("/predict", json=body)
    assert (answer.status_code, "\n" in answer.get_json()["error"]) == (400, False)
    assert said in answer.get_json()["error"]


def test_only_who_may_ask_is_answered(model: Model) -> None:
    one = client(model, password=PASSWORD)
    assert one.get("/health", headers={"Host": "evil.example.org"}).status_code == 400
    assert one.post("/setup", json={}, headers={"Origin": "http://evil.example"}).status_code == 403
    assert one.get("/health").status_code == 200
    assert one.post("/setup", json={}, auth=("any", PASSWORD)).status_code == 200
    statuses = [one.post("/setup", json={}, auth=("any", "wrong")).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert one.post("/setup", json={}, auth=("any", PASSWORD)).status_code == 429
    with pytest.raises(ConfigError, match="other machines can reach"):
        client(model, host="0.0.0.0")


def test_choices_are_found_by_value_alias_and_other_spelling() -> None:
    config = (
        '<View><Choices name="none" toName="text"><Choice value="x"/></Choices>'
        '<Image name="img" value="$photo"/><Choices name="kind" toName="img">'
        '<Choice value="Ankle boot" alias="boot"/><Choice value="Coat"/></Choices></View>'
    )
    choices = choices_of(config)
    assert (choices.from_name, choices.to_name, choices.key) == ("kind", "img", "photo")
    assert choices.value_of(["ankle boot"]) == choices.value_of(["Boot"]) == "boot"
    assert (choices.value_of(["?", "COAT"]), choices.value_of(["shirt"])) == ("Coat", None)
