"""Clusters as screens have them, drawn by ``labeler.report.charts``."""

from labeler import words
from labeler.report.charts.map import Spot, map_picture
from labeler.report.charts.palette import NO_COLOUR, colour_key, told_apart
from labeler.report.charts.stack import Bar, Part, class_parts, stack_chart
from labeler.report.charts.svg import Drawing
from labeler.workflow.clusters.cards import ClusterCard, ClustersView


def stack_of(view: ClustersView) -> Drawing:
    """The true classes in each cluster; without ground truth, what each was named."""
    cards = sorted(view.cards, key=lambda card: -card.size)
    shown = told_apart(_totals(view))
    what = (
        "True classes in each cluster" if view.has_truth else "Images in each cluster, by its name"
    )
    told = f"{what}, the largest first; the figures stand in the cards below"
    return stack_chart([_bar(card, view, shown) for card in cards], told)


def map_of(view: ClustersView, colouring: str) -> Drawing:
    """The map's images; ``colouring`` is ``cluster``, ``label`` or ``true``."""
    spots = [
        Spot(
            image=point.image,
            x=point.x,
            y=point.y,
            colours={
                "cluster": colour_key(point.cluster),
                "label": colour_key(point.label),
                "true": colour_key(point.true),
            },
            place=point.cluster,
        )
        for point in view.points
    ]
    return map_picture(spots, colouring)


def _totals(view: ClustersView) -> list[int]:
    totals = [0] * len(view.names)
    for card in view.cards:
        for share in card.classes:
            totals[share.label] += share.n_images
    return totals


def _bar(card: ClusterCard, view: ClustersView, shown: list[int]) -> Bar:
    if view.has_truth:
        counts = {share.label: share.n_images for share in card.classes}
        parts = class_parts(counts, card.size, view.names, shown)
    else:
        label = view.names.index(card.class_name) if card.class_name in view.names else -1
        colour = NO_COLOUR if label < 0 else colour_key(label)
        parts = (Part(colour, card.size, card.class_name or "not named"),)
    return Bar(card.name, card.size, parts, words.count(card.size))
