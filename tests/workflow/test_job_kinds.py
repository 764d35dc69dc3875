"""One record for each kind of job is all that pages and the worker read."""

import pytest

from labeler.web import WebSettings, create_app
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.job_kinds import JOB_KINDS, JobKind, kind_named
from labeler.workflow.workspace import Workspace


@pytest.mark.parametrize("kind", JOB_KINDS.values(), ids=JOB_KINDS)
def test_each_kind_has_its_handler_and_its_title(kind: JobKind) -> None:
    assert HANDLERS[kind.name].__doc__
    assert kind.title[0].isupper()


def test_each_kind_leads_to_a_screen_that_there_is(ws: Workspace) -> None:
    endpoints = create_app(ws, WebSettings(secret_key=b"k" * 32)).view_functions
    led_to = [kind.leads_to for kind in JOB_KINDS.values() if kind.leads_to]
    assert [screen for screen in led_to if f"{screen}.show" not in endpoints] == []
    assert "report" in led_to


def test_a_kind_of_another_version_has_its_name_and_is_waited_for() -> None:
    unknown = kind_named("embed")
    assert (unknown.title, unknown.is_beside, unknown.leads_to) == ("Embed", False, None)
