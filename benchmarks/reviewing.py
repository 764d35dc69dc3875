"""How long the server takes to record a page of 60 labels that somebody looked at.

One server with its worker, real HTTP, Fashion-MNIST with preset best, whose answers an oracle gave.
Each page is one request and one transaction; beside it an answer to one question, sent just before
on the same connection, so that what the machine does meanwhile counts for both.

    LABELER_DATA=DIR python benchmarks/reviewing.py [--pages 200]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np
from serving import Server, p95, row, send, serving

from labeler.workflow.inline import finish_job
from labeler.workflow.reviewing.pages import Review, open_review
from labeler.workflow.reviewing.queue import request_order
from labeler.workflow.runs import find_run
from labeler.workflow.spread.spreading import request_spread
from labeler.workflow.workspace import open_workspace

TARGET_MS = 60
PAGE = 60
MARKED = 5


def main() -> None:
    """Measure everything once and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=200, help="how many are recorded")
    parser.add_argument("--source", default="fashion-mnist", help="the data set")
    parser.add_argument("--budget", type=int, default=100, help="answers that are given before")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    with tempfile.TemporaryDirectory() as folder:
        review = ordered(Path(folder), options.source, options.budget)
        with serving(Path(folder)) as server:
            pages, answers = record_pages(server, review, options.pages)
    print(f"{'':<58}{'measured':>14}   target")
    row(f"a page of {PAGE} recorded, 95 %", f"{p95(pages):.1f} ms", f"< {TARGET_MS} ms")
    row("  half of them", f"{np.median(pages):.1f} ms", "")
    row("  the longest", f"{max(pages):.0f} ms", "")
    row("one answer, on the same connection, half of them", f"{np.median(answers):.1f} ms", "")
    ratios = np.divide(pages, answers)
    row("a page takes as long as so many answers, half of them", f"{np.median(ratios):.1f}", "")
    row("  pages recorded", f"{len(pages)}", "")


def ordered(instance: Path, source: str, budget: int) -> Review:
    """The labels of a run that its oracle named, in the order that they are looked at in."""
    made = [sys.executable, "-m", "labeler", "new", source, "--preset", "best"]
    made += ["--answerer", "oracle", "--labels", str(budget), "--name", "reviewed"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["LABELER_INSTANCE"] = str(instance)
    subprocess.run(made, env=environment, check=True, stdout=subprocess.DEVNULL)
    ws = open_workspace(instance)
    try:
        run_id = find_run(ws, "reviewed").id
        spread = request_spread(ws, run_id)
        for job in (spread, request_order(ws, run_id)):
            if job is not None:
                finish_job(ws, job.id)
        return open_review(ws, run_id)
    finally:
        ws.close()


def record_pages(server: Server, review: Review, n: int) -> tuple[list[float], list[float]]:
    """Milliseconds until each page was acknowledged, and an answer before it."""
    run_id = review.run.id
    asked = server.ask("GET", f"/api/v1/runs/{run_id}/questions")
    full = [number for number in review.left if len(review.page(number).images) >= PAGE]
    pages, answers = [], []
    with closing(server.connect()) as connection:
        for place, number in enumerate(full[:n]):
            question = asked["questions"][place % len(asked["questions"])]
            given = {"question_id": question["id"], "verdict": "skip"}
            answer = {"op_id": token_hex(8), "answers": [given]}
            answers.append(timed(server, connection, run_id, "operations", answer))
            pages.append(timed(server, connection, run_id, "reviews", page_of(review, number)))
    return pages, answers


def page_of(review: Review, number: int) -> dict[str, Any]:
    """A page of which a few labels are marked, and the rest let stand."""
    page = review.page(number)
    return {
        "op_id": token_hex(8),
        "kind": "page",
        "queue": page.queue,
        "page": number,
        "marks": {str(image): None for image in page.images[:MARKED]},
        "duration_ms": 9000,
    }


def timed(
    server: Server, connection: HTTPConnection, run_id: str, what: str, body: dict[str, Any]
) -> float:
    """Milliseconds until the acknowledgement was read."""
    began = time.perf_counter()
    status, told = send(connection, server.cookie, "POST", f"/api/v1/runs/{run_id}/{what}", body)
    if status != HTTPStatus.CREATED:
        raise RuntimeError(f"It was answered with {status}: {told!r}")
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
