"""Help: what each screen is for, and what the words mean."""

from typing import NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("help", __name__)


class Word(NamedTuple):
    """A word of the pages: what it means, and what documents call it."""

    name: str
    meaning: str
    term: str = ""


WORDS = (
    Word("Answer", "What you say about one image: its class, “can’t tell”, or “mixed”."),
    Word(
        "Cluster",
        "Images that look alike, put together by the computer before anybody named them.",
        "k-means on the features",
    ),
    Word(
        "Mixed",
        "The answer that a cluster is not one thing: nothing is spread from it until it is split.",
    ),
    Word(
        "Spread",
        "Give images the labels that your answers imply: images that look alike get the same.",
        "label propagation, inside clusters or over the graph of nearest neighbours",
    ),
    Word(
        "Confidence",
        "Orders the labels by how sure they are. It is higher than the share that is right, so "
        "look at the least sure ones first.",
        "the largest of the soft labels; inside clusters, the rank by distance",
    ),
    Word(
        "Foretold",
        "Some answers are left out, the others are spread, and the images left out are named by "
        "that. What is named as you did was foretold.",
        "cross-validation by cluster, called agreement in files",
    ),
    Word("Features", "The numbers by which images count as alike: shapes, or what a network sees."),
    Word(
        "Test images",
        "Images with a known class that nobody is asked about: the classifier is tried on them.",
    ),
    Word(
        "Simulated answers",
        "Where the true classes are known, they can answer instead of a person, to try things out.",
        "the oracle",
    ),
    Word("Seed", "A number that draws what is random: the same seed gives the same run again."),
    Word("Run", "One labeling of one data set: its questions, answers and results."),
)


@blueprint.get("/help")
def show() -> ResponseReturnValue:
    """What each page of a run is for, and what the words mean."""
    return render_template("help.html", words=WORDS)
