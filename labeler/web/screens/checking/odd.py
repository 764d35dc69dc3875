"""Odd pictures: the same twice, blank, dark, blurred, odd-sized; each confirmed or put right."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.learning.odd.kinds import MEANINGS, TITLES, OddKind
from labeler.web.http.context import workspace
from labeler.web.screens.jobs import job_url
from labeler.web.screens.keys import keyed_classes
from labeler.words import whole_number
from labeler.workflow import runs
from labeler.workflow.reviewing.odd import FoundOdd, OddSet, odd_pictures_of, request_odd
from labeler.workflow.reviewing.odd_listing import measured
from labeler.workflow.run import open_run

blueprint = Blueprint("odd", __name__)

PAGE = 60
"""Pictures on a page, about: sets stay together."""

_MOST_OF_A_SET = 12


@blueprint.get("/runs/<run_id>/review/odd")
def show(run_id: str) -> ResponseReturnValue:
    """Pictures of one kind, the oddest first, with what they are labeled as."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    view, found = runs.view_of(run), odd_pictures_of(run)
    kind = None if found is None else _kind(found)
    sets = () if found is None or kind is None else found.sets_of(kind)
    pages = _pages(sets)
    number = min(whole_number(request.args.get("page", ""), 6) or 1, max(len(pages), 1))
    shown = pages[max(number, 1) - 1] if pages else ()
    keyed = keyed_classes(view.classes)
    return render_template(
        "odd.html",
        view=view,
        run=view.run,
        revision=run.revision,
        found=found,
        kind=kind,
        titles=TITLES,
        meanings=MEANINGS,
        measured=measured,
        usual=None if found is None or kind is None else found.usual_of(kind),
        sets=shown,
        n_differ=sum(one.differs for one in sets),
        number=max(number, 1),
        n_pages=len(pages),
        most=_MOST_OF_A_SET,
        keyed=keyed,
        names={class_.id: class_.name for class_ in keyed},
    )


@blueprint.post("/runs/<run_id>/review/odd")
def look(run_id: str) -> ResponseReturnValue:
    """Look for odd pictures, and show the job."""
    return redirect(job_url(request_odd(workspace(), run_id)), 303)


def _kind(found: FoundOdd) -> OddKind | None:
    """The kind asked for; else the first that there is."""
    asked = next((kind for kind in OddKind if kind.value == request.args.get("kind")), None)
    return asked or next(iter(found.counts), None)


def _pages(sets: tuple[OddSet, ...]) -> list[tuple[OddSet, ...]]:
    pages: list[list[OddSet]] = []
    n_on_page = PAGE
    for one in sets:
        if n_on_page >= PAGE:
            pages.append([])
            n_on_page = 0
        pages[-1].append(one)
        n_on_page += min(len(one.pictures), _MOST_OF_A_SET)
    return [tuple(page) for page in pages]
