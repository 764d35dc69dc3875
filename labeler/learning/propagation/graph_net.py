"""Propagation over the graph, with a small net that looks at the images as a second opinion."""

from dataclasses import replace

import numpy as np

from labeler.imaging.pixels import unit_squares
from labeler.learning.features.gradients import gradient_histograms
from labeler.learning.features.orientation import has_up
from labeler.learning.propagation.base import Evidence, Propagation
from labeler.learning.propagation.graph import Opinion, propagate_over_graph, were_asked
from labeler.learning.small_net.distortions import STRONG, WEAK, Distortions
from labeler.learning.small_net.net import SIDE, SmallNet
from labeler.learning.threads import in_blocks
from labeler.progress import SILENT, Progress
from labeler.records import LabelSet

NAME = "graph-net"
TITLE = "over the graph with a small net beside it"
SHORT = "over the graph, with a net"
NEEDS_GRAPH = True
NEEDS_IMAGES = True
SETTINGS = ("distortions",)
ROUGH = {"n_refinements": 0, "n_rounds": 0}
WITHOUT_NET = {"n_rounds": 0}
HEADING = "Over the graph, with a net"
EXPLANATION = (
    "Each answer spreads over the graph, from image to image by likeness; a small net learns from "
    "what was spread, says what it sees, and both together spread once more. It takes minutes."
)
TAKES = "a minute or more"
BESIDE = "neighbours and net"
CONFIDENCE = "less the nearer another class came"

EPOCHS, EPOCHS_AT = 50, 1_000
"""Epochs in all, for pools of up to so many images."""
FEWEST_EPOCHS, FEWER = 4, 0.62
"""Larger pools have fewer, by this power of their size: they have more images in each."""
ROUNDS, ENOUGH_EPOCHS = 2, 20
"""With so many epochs in all, two nets share them: the second learns what the first led to."""
LOOKED_AT = 4_000
"""Images that are looked at to find out whether they have an up."""


class GraphNetPropagation(Propagation):
    """Answers spread over the graph; a net that learned from the spread labels is asked, too.

    Parameters
    ----------
    distortions : str
        How the images are distorted that the net learns from: ``weak``; ``strong``, turned by
        quarters and mirrored, too; or ``auto``: strong where images have no up.
    n_refinements : int, optional
        As in ``propagate_over_graph``; before the net is asked.
    n_rounds : int, optional
        How many nets are asked, one after the other; None: as many as suit the pool.
    random_state : int
        Of everything random in their training.
    """

    def __init__(
        self,
        distortions: str = "auto",
        n_refinements: int | None = None,
        n_rounds: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.distortions = distortions
        self.n_refinements = n_refinements
        self.n_rounds = n_rounds
        self.random_state = random_state

    def propagate(self, evidence: Evidence, progress: Progress = SILENT) -> LabelSet:
        """As ``propagate_over_graph``, with the net among what is asked.

        Raises
        ------
        ValueError
            There is no graph, or there are no images.
        """
        if evidence.graph is None or evidence.images is None:
            raise ValueError("a net beside the graph needs both graph and images")
        nets: list[SmallNet] = []
        label_set = propagate_over_graph(
            evidence.answers,
            evidence.graph,
            evidence.X,
            evidence.n_classes,
            n_refinements=self.n_refinements,
            further=self._opinions(evidence, evidence.images, nets, progress),
            rejections=evidence.rejections,
        )
        if not nets:
            return label_set
        label_set = replace(label_set, seen_by=nets[-1].state())
        if evidence.new_images is None:
            return label_set
        return replace(label_set, new_probabilities=nets[-1].predict_proba(evidence.new_images))

    def _opinions(
        self, evidence: Evidence, images: np.ndarray, nets: list[SmallNet], progress: Progress
    ) -> list[Opinion]:
        """What nets see in the images, each taught when it is asked, and added to ``nets``."""
        n_epochs = epochs(len(images))
        n_rounds = rounds(n_epochs) if self.n_rounds is None else self.n_rounds
        if not n_rounds:
            return []
        named = [answer for answer in evidence.answers if answer.label is not None]
        answered = np.array([answer.question.image for answer in named])
        shown_often = answered[were_asked(named)]
        labels = np.array([answer.label for answer in named])
        one_hot = np.eye(evidence.n_classes, dtype=np.float32)[labels]
        how = _distortions(self.distortions, images)

        def said(probabilities: np.ndarray) -> np.ndarray:
            nets.append(SmallNet(how, max(1, n_epochs // n_rounds), self.random_state))
            targets = probabilities.copy()
            targets[answered] = one_hot
            nets[-1].fit(images, targets, shown_often, progress)
            return nets[-1].predict_proba(images)

        return [said] * n_rounds


def epochs(n_images: int) -> int:
    """How often the nets see each of so many images, in all."""
    wanted = EPOCHS * (EPOCHS_AT / max(n_images, EPOCHS_AT)) ** FEWER
    return max(FEWEST_EPOCHS, round(float(wanted)))


def rounds(n_epochs: int) -> int:
    """How many nets share so many epochs."""
    return ROUNDS if n_epochs >= ENOUGH_EPOCHS else 1


def _distortions(name: str, images: np.ndarray) -> Distortions:
    if name == "auto":
        return WEAK if _have_up(images) else STRONG
    return {"weak": WEAK, "strong": STRONG}[name]


def _have_up(images: np.ndarray) -> bool:
    chosen = np.random.default_rng(0).permutation(len(images))[:LOOKED_AT]

    def describe(pixels: np.ndarray) -> np.ndarray:
        return np.concatenate(list(in_blocks(gradient_histograms, pixels, 128)))

    return has_up(unit_squares(images[np.sort(chosen)], SIDE), describe)
