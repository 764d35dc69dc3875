"""Purity of each cluster, purest first; a bar is as wide as its cluster is large."""

import numpy as np

from labeler import words
from labeler.report.charts import svg
from labeler.report.charts.scales import Scale, round_ticks, vertical_axis
from labeler.report.purity import Purity

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 66, 84, 26, 46
_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def purity_chart(purity: Purity) -> svg.Drawing:
    """Clusters that were named after another class than their most frequent one stand out."""
    order = np.argsort(-purity.shares, kind="stable")
    order = order[purity.known[order] > 0]
    total = int(purity.sizes[order].sum())
    x = Scale((0.0, float(total)), LEFT, WIDTH - RIGHT)
    y = Scale(_SHARES, HEIGHT - BOTTOM, TOP)
    body = vertical_axis(y, LEFT, WIDTH - RIGHT)
    body += _bars(purity, order, x, y)
    body += _overall(purity.overall, y)
    body += "".join(
        svg.text(x(tick), HEIGHT - BOTTOM + 18, words.count(tick), anchor="middle")
        for tick in round_ticks(0, total)
        if tick <= total
    )
    told = f"Images of {words.counted(len(order), 'cluster')}, purest first; width is cluster size"
    body += svg.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, told, anchor="middle")
    n_misnamed = int(purity.is_misnamed[order].sum())
    if n_misnamed:
        note = f"■ {words.counted(n_misnamed, 'cluster')} named after another class"
        body += svg.text(WIDTH - RIGHT, 14, note, "alarm", "end")
    described = "Purity of each cluster, from the purest to the most mixed; width is its size."
    return svg.Drawing("purity-chart", WIDTH, HEIGHT, described, body)


def _bars(purity: Purity, order: np.ndarray, x: Scale, y: Scale) -> str:
    gap = min(1.0, 120 / len(order))
    bars, left = [], 0
    for cluster in order.tolist():
        size, share = int(purity.sizes[cluster]), float(purity.shares[cluster])
        colour = "misnamed" if purity.is_misnamed[cluster] else "pure"
        told = f"{words.counted(size, 'image')}, {words.percent(share)} of one class"
        width = max(x(left + size) - x(left) - gap, 0.2)
        bars.append(svg.rectangle(x(left), y(share), width, y(0) - y(share), colour, told))
        left += size
    return "".join(bars)


def _overall(share: float, y: Scale) -> str:
    at, right = y(share), WIDTH - RIGHT
    drawn = svg.line(LEFT, at, right, at, "overall")
    drawn += svg.text(right + 8, at - 3, "all images", "name")
    return drawn + svg.text(right + 8, at + 13, words.percent(share), "value")
