"""``explore``: how many clusters a data set has, and what is in them."""

from pathlib import Path
from typing import Any

import click

from labeler.cli.late import late_body
from labeler.cli.options import (
    FEATURES_HELP,
    correction_options,
    data_option,
    files_option,
    json_flag,
    seed_option,
    strict_option,
    weights_option,
)
from labeler.config import RunConfig
from labeler.words import installing, whole_number

MOST_CLUSTERS = 1_000
"""Largest k: beyond it, indices over every k are not what somebody is looking for."""


class ClusterCounts(click.ParamType):
    """A number of clusters, several, or a range: ``10``, ``5,7,10``, ``2..20``, ``2..100:10``."""

    name = "k"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Turn ``"2..4,10"`` into ``(2, 3, 4, 10)``."""
        if not isinstance(value, str):
            return tuple(value) if isinstance(value, list | tuple) else (int(value),)
        try:
            counts = sorted({k for part in value.split(",") for k in _counts(part)})
        except ValueError:
            self.fail(f"{value!r} is not a k, a list 5,7,10 or a range 2..20.", param, ctx)
        if not counts:
            self.fail(f"{value!r} is empty: a range goes from the smaller k up.", param, ctx)
        if counts[0] < 2 or counts[-1] > MOST_CLUSTERS:
            self.fail(f"{value!r}: k is from 2 to {MOST_CLUSTERS:,}.", param, ctx)
        return tuple(counts)


class SplitOrder(click.ParamType):
    """A cluster and the number of parts to cut it into: ``3:4``, or ``3`` for the suggested one."""

    name = "cluster[:parts]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int | None]:
        """Turn ``"3.1:4"`` into ``("3.1", 4)``."""
        if isinstance(value, tuple):
            return value
        cluster, colon, parts = str(value).partition(":")
        numbers = [*cluster.split("."), *([parts] if colon else [])]
        if any(whole_number(number, 9) is None for number in numbers):
            self.fail(f"{value!r} is not a cluster and a number of parts, as 3:4 is.", param, ctx)
        if colon and int(parts) < 2:
            self.fail(f"{value!r}: a cluster is split into 2 parts or more.", param, ctx)
        return cluster, int(parts) if colon else None


@click.command()
@click.argument("dataset")
@data_option
@strict_option
@correction_options
@click.option(
    "--k",
    "ks",
    type=ClusterCounts(),
    default="2..20",
    show_default=True,
    help="Numbers of clusters to try: 2..20, or 5,7,10, or 10..100:10.",
)
@click.option(
    "--features",
    metavar="NAME|FILE|A+B",
    default=RunConfig().features,
    show_default=True,
    help=FEATURES_HELP,
)
@weights_option
@files_option
@click.option(
    "--at",
    type=click.IntRange(2),
    help="The k whose clusters are looked at.  [default: that of the elbow]",
)
@click.option(
    "--split",
    "splits",
    type=SplitOrder(),
    multiple=True,
    help="Cluster one cluster again: 3:4 cuts cluster 3 into 4 parts, 3.1:2 then part 1 of it, 3 "
    "into as many as are suggested. Give it several times.",
)
@click.option(
    "--map",
    "map_method",
    type=click.Choice(("pca", "umap")),
    default="pca",
    show_default=True,
    help=f"How the pool is drawn in two dimensions. umap: {installing('umap')}.",
)
@seed_option("What everything random is drawn from.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the page, plots, indices.json, clusters.csv and images.csv to this folder.",
)
@json_flag
@late_body
def explore() -> None:
    """Look for the number of clusters in DATASET, and at what is in them.

    For each k: inertia, silhouette, Calinski–Harabasz, Davies–Bouldin and the stability over
    seeds, with the k that each suggests and what that does and does not say. Then the clusters at
    one k: sizes, typical and odd images, and the true classes in them where they are known. No
    labels are used to cluster. What was found is kept, so another look is quick.

    \b
      labeler explore fashion-mnist --k 2..20
      labeler explore fashion-mnist --at 7 --split 3:4 --output look/
    """


def _counts(part: str) -> range:
    """``"2..20"`` or ``"10..100:10"`` or ``"7"`` as the numbers it means."""
    first, dots, rest = part.partition("..")
    if not dots:
        return range(int(first), int(first) + 1)
    last, colon, step = rest.partition(":")
    by = int(step) if colon else 1
    if by < 1 or int(last) - int(first) > 10 * MOST_CLUSTERS:
        raise ValueError(part)
    return range(int(first), int(last) + 1, by)
