"""The import screen: looked over first, confirmed, taken back; bad files leave nothing behind."""

import html
import io
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import labeling, runs
from labeler.workflow.exchange.import_history import past_imports
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.workspace import Workspace
from tests.web.conftest import ON_SQLITE

EVIL = "<img src=x onerror=alert(1)>"


def upload(client: FlaskClient, run_id: str, data: bytes, name: str = "labels.csv") -> TestResponse:
    form = {"file": (io.BytesIO(data), name)}
    return client.post(f"/runs/{run_id}/import", data=form, content_type="multipart/form-data")


def waiting(ws: Workspace) -> list[Path]:
    return sorted(ws.uploads.iterdir()) if ws.uploads.is_dir() else []


def review(client: FlaskClient, run_id: str, data: bytes, name: str = "labels.csv") -> str:
    """The address of the page on which the file is looked over."""
    answer = upload(client, run_id, data, name)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def field(page: TestResponse, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page.text)
    assert found is not None
    return html.unescape(found.group(1))


def confirm(client: FlaskClient, address: str, **chosen: str) -> TestResponse:
    page = client.get(address)
    data = {"name": field(page, "name"), "seen": field(page, "seen"), "do": "import", **chosen}
    return client.post(address.partition("?")[0], data=data)


@pytest.fixture
def images(ws: Workspace, run_id: str) -> list[int]:
    return [one.image for one in labeling.questions(open_run(ws, run_id))]


def csv_of(*rows: str) -> bytes:
    return "\n".join(["index,class_name,source,confidence", *rows, ""]).encode()


def test_a_file_is_looked_over_confirmed_and_taken_back(
    client: FlaskClient, ws: Workspace, run_id: str, images: list[int]
) -> None:
    data = csv_of(
        f"{images[0]},a,human,", f"{images[1]},b,oracle,", f"{images[2]},c,propagated,0.5"
    )
    address = review(client, run_id, data, "my labels.csv")
    page = client.get(address)
    assert page.status_code == 200
    assert "my labels.csv" in page.text
    assert "Answers recorded</dt><dd>2" in page.text
    assert not [one for one in labeling.questions(open_run(ws, run_id)) if one.verdict]
    done = confirm(client, address)
    assert done.status_code == 303
    shown = client.get(done.headers["Location"])
    assert "2 answers recorded and 1 suggestion to look at" in shown.text
    assert "my labels.csv" in shown.text
    questions = labeling.questions(open_run(ws, run_id))
    assert [one.annotator for one in questions[:2]] == ["me (imported)"] * 2
    assert questions[2].suggestion is not None
    assert waiting(ws) == []

    assert client.post(f"/runs/{run_id}/imports/1/undo").status_code == 303
    assert not [
        one for one in labeling.questions(open_run(ws, run_id)) if one.verdict or one.suggestion
    ]
    assert "taken back" in client.get(f"/runs/{run_id}/import").text
    assert client.post(f"/runs/{run_id}/imports/1/undo").status_code == 409


def test_the_second_confirmation_of_a_file_finds_it_gone(
    client: FlaskClient, run_id: str, images: list[int]
) -> None:
    address = review(client, run_id, csv_of(f"{images[0]},a,human,"))
    assert confirm(client, address).status_code == 303
    again = client.post(address.partition("?")[0], data={"do": "import"})
    assert again.status_code == 404
    same = confirm(client, review(client, run_id, csv_of(f"{images[0]},a,human,")))
    assert "Nothing to do" in client.get(same.headers["Location"]).text


def test_discarding_writes_nothing_and_keeps_nothing(
    client: FlaskClient, ws: Workspace, run_id: str, images: list[int]
) -> None:
    address = review(client, run_id, csv_of(f"{images[0]},a,human,"))
    assert len(waiting(ws)) == 1
    assert confirm(client, address, do="discard").status_code == 303
    assert waiting(ws) == []
    assert past_imports(open_run(ws, run_id)) == ()


def test_conflicts_are_shown_and_overwritten_only_as_shown(
    client: FlaskClient, ws: Workspace, run_id: str, images: list[int]
) -> None:
    ids = {one.name: one.id for one in runs.get_run(ws, run_id).classes}
    first, second = labeling.questions(open_run(ws, run_id))[:2]

    def say(question_id: int, op_id: str) -> None:
        given = [GivenAnswer(question_id, Verdict.CLASS, ids["a"])]
        labeling.record_answers(ws, run_id, op_id, "ada", given)

    say(first.id, "one")
    data = csv_of(f"{images[0]},b,human,", f"{images[1]},b,human,")
    address = review(client, run_id, data)
    page = client.get(address)
    assert "1 answer that differs" in page.text
    assert "by ada" in page.text
    looked = client.get(f"{address}&on_conflict=take")
    assert "overwritten" in looked.text

    seen = field(page, "seen")
    say(second.id, "two")  # meanwhile
    form = {"name": "x", "seen": seen, "do": "import", "on_conflict": "take"}
    refused = client.post(address.partition("?")[0], data=form)
    assert refused.status_code == 409
    assert "Somebody answered meanwhile" in refused.text
    assert "2 answers that differ" in refused.text
    assert [one.class_id for one in labeling.questions(open_run(ws, run_id))[:2]] == [ids["a"]] * 2
    form["seen"] = field(refused, "seen")
    assert client.post(address.partition("?")[0], data=form).status_code == 303
    assert [one.class_id for one in labeling.questions(open_run(ws, run_id))[:2]] == [ids["b"]] * 2


def test_choices_of_the_review_are_taken(
    client: FlaskClient, ws: Workspace, run_id: str, images: list[int]
) -> None:
    nobody = next(image for image in range(200) if image not in images)
    data = csv_of(f"{images[0]},new one,human,", f"{nobody},a,human,", f"{images[1]},b,,")
    address = review(client, run_id, data)
    page = client.get(address)
    assert "new one" in page.text
    chosen = {"add_classes": "yes", "leave_unasked": "yes", "unmarked": "human"}
    looked = client.get(f"{address}&{urlencode(chosen)}")
    assert "Answers recorded</dt><dd>2" in looked.text
    assert confirm(client, address, **chosen).status_code == 303
    names = {one.id: one.name for one in runs.get_run(ws, run_id).classes}
    questions = labeling.questions(open_run(ws, run_id))
    assert [names.get(one.class_id or 0) for one in questions[:2]] == ["new one", "b"]
    assert len(questions) == len(images)


def test_a_mixed_verdict_about_no_group_asks_for_no_split(
    client: FlaskClient, ws: Workspace, run_id: str, images: list[int]
) -> None:
    nobody = next(image for image in range(200) if image not in images)
    data = f"index,class_name,verdict\n{nobody},,mixed\n{images[0]},,mixed\n".encode()
    confirm(client, review(client, run_id, data))
    summary = runs.get_run(ws, run_id).summary
    assert (summary.n_mixed, summary.n_imported) == (1, 1)
    page = client.get(f"/runs/{run_id}/train").text
    assert "1 cluster answered “mixed”" in page
    assert "other answers label" not in page


def test_names_with_markup_are_text(client: FlaskClient, run_id: str, images: list[int]) -> None:
    data = csv_of(f"{images[0]},{EVIL},human,").replace(b"index,", b"index,file_name,")
    data = data.replace(f"{images[0]},".encode(), f"{images[0]},{EVIL},".encode())
    address = review(client, run_id, data, f"{EVIL}.csv")
    for page in (client.get(address), client.get(f"/runs/{run_id}/import")):
        assert "<img src=x" not in page.text
    confirm(client, address, add_classes="yes")
    assert "<img src=x" not in client.get(f"/runs/{run_id}/import").text


def test_names_that_cannot_be_shown_are_replaced_on_the_page(
    client: FlaskClient, run_id: str
) -> None:
    data = rb'{"file_name": "two\nlines\u001b\udc80\u202e.png", "class_name": "a"}'
    page = client.get(review(client, run_id, data, "labels.jsonl"))
    assert page.status_code == 200
    assert "<td>two lines\ufffd\ufffd\ufffd.png</td>" in page.text


@ON_SQLITE
@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "labels.csv", "UP-1"),
        (b"index,label\n1,a\n2\n", "labels.csv", "CSV-3"),
        (b"index,label\n1,a\n1,b\n", "labels.csv", "LABEL-3"),
        (b"PAR1 and no more", "labels.parquet", "PARQUET-1"),
        (b"{", "tasks.json", "JSON-1"),
        (b'{"index": 1}\n', "labels.jsonl", "LABEL-1"),
        (b"index,label\n1,a\n", "labels.exe", "LABEL-5"),
        (b"index,label\n1,a\n", "../../labels", "LABEL-5"),
    ],
)
def test_a_bad_file_gets_one_message_and_leaves_nothing(
    client: FlaskClient, ws: Workspace, run_id: str, data: bytes, name: str, code: str
) -> None:
    answer = upload(client, run_id, data, name)
    assert answer.status_code == 400
    assert f"[{code}]" in answer.text
    assert answer.text.count('class="note error"') == 1
    assert str(ws.uploads) not in answer.text
    assert waiting(ws) == []


def test_no_file_at_all(client: FlaskClient, run_id: str) -> None:
    answer = client.post(f"/runs/{run_id}/import", data={})
    assert answer.status_code == 400
    assert "[UP-1]" in answer.text


@pytest.mark.parametrize(
    "token",
    [
        "labels-x.csv",
        "..%2Flabeler.sqlite3",
        "labels-aaaaaaaaaaaaaaaaaaaaaaaa.csv",
        "labels-aaaaaaaaaaaaaaaaaaaaaaaa.xml",
        "secret-key",
    ],
)
def test_only_a_file_that_waits_is_read(
    client: FlaskClient, ws: Workspace, run_id: str, token: str
) -> None:
    ws.uploads.mkdir(exist_ok=True)
    (ws.uploads / "secret-key").write_text("index,label\n1,a\n")
    (ws.uploads / "labels-aaaaaaaaaaaaaaaaaaaaaaaa.xml").write_text("index,label\n1,a\n")
    assert client.get(f"/runs/{run_id}/import/{token}").status_code == 404
    assert client.post(f"/runs/{run_id}/import/{token}", data={"do": "import"}).status_code == 404


def test_options_that_are_no_words_of_ours_are_refused(
    client: FlaskClient, run_id: str, images: list[int]
) -> None:
    address = review(client, run_id, csv_of(f"{images[0]},a,human,"))
    assert client.get(f"{address}&on_conflict=burn").status_code == 400


def test_suggestions_are_offered_and_removed(
    client: FlaskClient, ws: Workspace, run_id: str, images: list[int]
) -> None:
    data = csv_of(*(f"{image},b,model,0.75" for image in images[:3]))
    confirm(client, review(client, run_id, data))
    label = client.get(f"/runs/{run_id}/label")
    b = next(one.id for one in runs.get_run(ws, run_id).classes if one.name == "b")
    assert re.search(f'value="class:{b}" data-accept', label.text)
    assert "confidence 0.75" in label.text
    told = client.get(f"/api/v1/runs/{run_id}/questions").get_json()["questions"]
    assert told[0]["suggestion"] == {"class_id": b, "confidence": 0.75}
    assert told[3]["suggestion"] is None
    form = {"question_id": told[0]["id"], "op_id": "accept", "answer": f"class:{b}"}
    assert client.post(f"/runs/{run_id}/label", data=form).status_code == 303
    assert client.post(f"/runs/{run_id}/suggestions/remove").status_code == 303
    assert not any(one.suggestion for one in labeling.questions(open_run(ws, run_id)))
    assert labeling.questions(open_run(ws, run_id))[0].class_id == b, "an accepted one is an answer"
    assert "data-accept" not in client.get(f"/runs/{run_id}/label").text


def test_a_run_that_is_still_prepared_has_no_import(client: FlaskClient, ws: Workspace) -> None:
    run = runs.create_run(ws, NewRun(name="later", source="digits"))
    assert client.get(f"/runs/{run.id}/import").status_code == 303
    assert upload(client, run.id, csv_of("1,a,human,")).status_code == 400
    assert waiting(ws) == []
    assert client.get("/runs/nothing/import").status_code == 404
