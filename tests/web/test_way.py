"""The way through a run: every page is on it, says what it is for, and what comes next."""

import re

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from labeler.cli.heavy.showing import next_step
from labeler.locations import templates_folder
from labeler.report.verdict import then_of
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.web.screens.help import WORDS
from labeler.web.screens.way import STEPS, Screen
from labeler.workflow.audit.answers import answer as say
from labeler.workflow.audit.answers import answer_by_oracle
from labeler.workflow.audit.begin import begin_audit
from labeler.workflow.audit.telling import audited_labels, in_brief
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.runs import get_run
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace
from tests.web.conftest import ON_SQLITE, answer_all
from tests.web.test_checking import audit_now

SCREENS = [screen for step in STEPS for screen in step.screens]


def next_in(page: str) -> str | None:
    link = re.search(r'class="way-next".*?<a href="[^"]*">(Next: [^<]*)', page, re.DOTALL)
    return None if link is None else link[1].strip()


def page_of(client: FlaskClient, run_id: str, screen: str) -> str:
    return client.get(f"/runs/{run_id}/{screen}").text


@ON_SQLITE
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.blueprint)
def test_a_page_is_on_the_way_and_says_what_it_is_for(
    app: Flask, client: FlaskClient, run_id: str, screen: Screen
) -> None:
    with app.test_request_context():
        address = url_for(screen.endpoint, run_id=run_id)
    page = client.get(address).text
    assert page.count('aria-current="page"') == 1
    assert screen.does in page
    assert screen.then.split("’")[0] in page
    assert f'href="/help#{screen.blueprint}"' in page
    assert all(f">{step.name}" in page for step in STEPS)


@pytest.mark.parametrize("word", ["oracle", "seed", "preset", "looseness", "ground truth"])
def test_pages_speak_plainly_and_leave_terms_to_tooltips_and_the_help(word: str) -> None:
    for template in sorted(templates_folder().glob("*.html")):
        visible = re.sub(r"{[%{#].*?[%}#]}|<code>.*?</code>|<[^>]*>", " ", template.read_text())
        assert word not in visible.lower(), template.name


@ON_SQLITE
def test_the_help_explains_every_page_and_word(client: FlaskClient) -> None:
    page = client.get("/help").text
    assert all(f'id="{screen.blueprint}"' in page for screen in SCREENS)
    assert all(f"<dt>{word.name}</dt>" in page for word in WORDS)


@ON_SQLITE
def test_what_comes_next_follows_what_is_done(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    assert next_in(page_of(client, run_id, "report")) == "Next: Answer 8 more questions, about 24 s"
    assert next_in(page_of(client, run_id, "label")) is None
    answer_all(ws, run_id)
    report = page_of(client, run_id, "report")
    assert (next_in(report) or "").startswith("Next: Spread and train, ")
    assert "Label: 8 of 8 · Check: not trained yet" in report
    assert next_in(page_of(client, run_id, "train")) is None
    finish_job(ws, request_training(ws, run_id).id)
    assert next_in(page_of(client, run_id, "clusters")) == "Next: Read what these labels are worth"
    assert next_in(page_of(client, run_id, "check")) is None
    verdict = run_report(open_run(ws, run_id)).verdict
    assert verdict is not None
    assert verdict.then == "answer"
    assert next_in(page_of(client, run_id, "report")) == "Next: Ask for more questions"


@ON_SQLITE
def test_the_report_begins_with_the_verdict(
    client: FlaskClient, ws: Workspace, blind_run_id: str
) -> None:
    answer_all(ws, blind_run_id)
    assert next_step(get_run(ws, blind_run_id)) == f"Next: labeler train {blind_run_id}"
    finish_job(ws, request_training(ws, blind_run_id).id)
    assert "under Check in the browser" in next_step(get_run(ws, blind_run_id))
    page = page_of(client, blind_run_id, "report")
    lead = re.search(r'<p class="lead">([^<]*)', page)
    assert lead is not None
    assert "of 8 answers could be foretold from the others" in lead[1]
    asked = re.search(r"nswer (\d+) more questions", page)
    assert asked is not None
    proposed = page_of(client, blind_run_id, "clusters")
    assert f'value="{8 + int(asked[1])}" required' in proposed, "the number that the verdict names"
    assert page.index(lead[0]) < page.index("<h2>")


@ON_SQLITE
def test_an_audit_is_told_while_it_is_open_and_when_it_has_a_figure(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    answer_all(ws, run_id)
    finish_job(ws, request_training(ws, run_id).id)
    begin_audit(ws, run_id)
    say(ws, run_id, 1, "a", "me", [GivenAnswer(1, Verdict.SKIP)])
    told = "Go on with the audit in the browser: labeler serve (51 images left)"
    assert next_step(get_run(ws, run_id)) == told
    page = page_of(client, run_id, "report")
    assert "Check: an audit is open, 1 of 52 answered" in page
    assert next_in(page) == "Next: Go on with the audit, about 3 min"
    assert f"/runs/{run_id}/check/1" in page
    assert next_in(page_of(client, run_id, "check/1")) is None
    answer_by_oracle(ws, run_id, 1)
    found = in_brief(audit_now(ws, run_id))
    audited = audited_labels(open_run(ws, run_id))
    assert found == audited is not None
    assert found is not None
    step = {"answer": "labeler budget", "look": "under Review", "use": "labeler export"}
    assert step[then_of(found.estimate)] in next_step(get_run(ws, run_id))
    ticked = 'Check <span class="tick"'
    assert ticked not in page, "not before there is a figure"
    page = page_of(client, run_id, "train")
    assert ticked in page
    told = f"Check: {100 * found.estimate:.0f} % of the spread labels are right"
    assert f"{told} ({100 * found.low:.0f} % to {100 * found.high:.0f} %)" in page
    assert (
        next_in(page)
        == {
            "use": "Next: Export the labels, a few seconds",
            "look": "Next: Put the least sure labels right, a few minutes",
            "answer": "Next: Ask for more questions",
        }[then_of(found.estimate)]
    )
