"""The figures of a certificate from its CSV alone, with nothing of Labeler."""

import csv
import json
import sys
from collections import defaultdict
from typing import Any

from scipy.stats import beta

LEVEL = 1 - 0.05 / 4
Row = dict[str, Any]


def interval(share: float, n_effective: float) -> Row:
    x, tail = share * n_effective, (1 - LEVEL) / 2
    low = 0.0 if x <= 0 else beta.ppf(tail, x, n_effective - x + 1)
    high = 1.0 if x >= n_effective else beta.ppf(1 - tail, x + 1, n_effective - x)
    return {"estimate": share, "low": low, "high": high}


def overall(rows: list[Row]) -> Row:
    strata: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        strata[row["stratum"]].append(row)
    sizes = {h: sum(float(row["weight"]) for row in of_h) for h, of_h in strata.items()}
    named = {h: [row for row in of_h if row["skipped"] == "0"] for h, of_h in strata.items()}
    right = {h: sum(row["label"] == row["answer"] for row in named[h]) for h in strata}
    total, n = sum(sizes.values()), sum(map(len, named.values()))
    share = sum(sizes[h] / total * right[h] / len(named[h]) for h in strata)
    typical, mean, variance = (share * n + 1) / (n + 2), 0.0, 0.0
    for h in strata:
        smoothed, weight = (right[h] + typical) / (len(named[h]) + 1), sizes[h] / total
        mean += weight * smoothed
        left = 1 - len(named[h]) / sizes[h]
        variance += weight**2 * left * smoothed * (1 - smoothed) / len(named[h])
    return {"population": round(total), "n": len(rows), "skipped": len(rows) - n} | interval(
        share, mean * (1 - mean) / variance
    )


def classes(rows: list[Row]) -> Row:
    """Each image named stands for so many labels of its class; those asked beside count here."""
    members: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["skipped"] == "0":
            members[row["label"]].append(row)
    found = {}
    for name, own in members.items():
        w = [float(row["class_weight"]) for row in own]
        hit = [x for x, row in zip(w, own, strict=True) if row["label"] == row["answer"]]
        left = 1 - len(own) / int(own[0]["class_size"])
        n_effective = sum(w) ** 2 / sum(x * x for x in w) / left
        found[name] = {"n": len(own)} | interval(sum(hit) / sum(w), n_effective)
    return found


if __name__ == "__main__":
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        audited = list(csv.DictReader(file))
    drawn = [row for row in audited if row["beside"] == "0"]
    sys.stdout.write(json.dumps(overall(drawn) | {"by_class": classes(audited)}))
