"""Every kind of job: what people call it, where it leads, and what does it.

A kind is one record here, a function that does it, and a test. Nothing heavy is imported before a
worker asks for the function.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labeler.jobs.worker import Handler

PREPARE, IMPORT, ORACLE, TRAIN = "prepare", "import", "oracle", "train"
EXPORT, EXPLORE, CHOOSE, SPREAD = "export", "explore", "choose", "spread"
ADD, LOOK, REVIEW, ODD, MODEL = "add", "look", "review", "odd", "model"


@dataclass(frozen=True)
class JobKind:
    """What is to be known of one kind of job.

    Attributes
    ----------
    name : str
        As its rows have it.
    title : str
        What it does, to people.
    handler : str
        The function that does it: ``package.module:function``.
    is_beside : bool
        Whether nobody has to wait for it: the run's other screens work meanwhile.
    leads_to : str or None
        The screen of the run that shows what came of it; None: the one that fits.
    anchor : str or None
        Where on that screen.
    """

    name: str
    title: str
    handler: str
    is_beside: bool = False
    leads_to: str | None = None
    anchor: str | None = None

    def load(self) -> "Handler":
        """The function that does it, imported now."""
        module, _, function = self.handler.partition(":")
        handler: Handler = getattr(import_module(module), function)
        return handler


_HANDLERS = "labeler.workflow.handlers"

JOB_KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        JobKind(IMPORT, "Getting the images ready", f"{_HANDLERS}:import_images"),
        JobKind(LOOK, "Looking at the images", "labeler.workflow.looks:look"),
        JobKind(PREPARE, "Preparing the run", f"{_HANDLERS}:prepare"),
        JobKind(ORACLE, "The oracle answers", f"{_HANDLERS}:answer"),
        JobKind(TRAIN, "Training", f"{_HANDLERS}:train", is_beside=True, leads_to="report"),
        JobKind(
            EXPORT,
            "Writing the label set",
            f"{_HANDLERS}:export",
            leads_to="export",
            anchor="ready",
        ),
        JobKind(
            EXPLORE,
            "Measuring how many clusters there are",
            f"{_HANDLERS}:explore",
            leads_to="clusters",
            anchor="indices",
        ),
        JobKind(CHOOSE, "Choosing the next questions", f"{_HANDLERS}:choose", is_beside=True),
        JobKind(
            ADD,
            "Adding images",
            f"{_HANDLERS}:add_images",
            is_beside=True,
            leads_to="add_images",
            anchor="added",
        ),
        JobKind(
            REVIEW,
            "Looking for doubtful labels",
            f"{_HANDLERS}:order_for_review",
            is_beside=True,
            leads_to="review",
        ),
        JobKind(
            ODD,
            "Looking for odd pictures",
            f"{_HANDLERS}:look_for_odd",
            is_beside=True,
            leads_to="odd",
        ),
        JobKind(
            MODEL,
            "Making the model",
            f"{_HANDLERS}:make_model",
            is_beside=True,
            leads_to="classifier",
            anchor="model",
        ),
        JobKind(SPREAD, "Spreading the answers", f"{_HANDLERS}:spread", is_beside=True),
    )
}
"""By name. ``SPREAD`` leads back to the screen that waits for it."""


def kind_named(name: str) -> JobKind:
    """The kind of that name; one of another version has nothing but it."""
    return JOB_KINDS.get(name) or JobKind(name, name.capitalize(), "")
