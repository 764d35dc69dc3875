"""Splits, merges and takes back in a loop, one line for each that was acknowledged; to be killed.

    python split_worker.py INSTANCE RUN LOG

Each line of standard input, ``SEED [POINT]``, begins one worker, whose process id is answered,
and its end. ``POINT`` is where it kills itself: before or after a commit, now and then as it
passes.
"""

import os
import random
import signal
import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from labeler.exceptions import LabelerError
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import labeling, runs
from labeler.workflow.clusters import regroup
from labeler.workflow.run import open_run
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace, open_workspace

POINTS = {"before commit": "before_commit", "after commit": "after_commit"}


def main() -> None:
    """Import once, then fork a worker for each line: starting afresh takes seconds."""
    for line in sys.stdin:
        seed, _, point = line.strip().partition(" ")
        pid = os.fork()
        if pid == 0:
            work(Path(sys.argv[1]), sys.argv[2], sys.argv[3], seed, point)
        print(pid, flush=True)  # noqa: T201 - the harness reads it
        os.waitpid(pid, 0)
        print("dead", flush=True)  # noqa: T201


def work(instance: Path, run: str, log: str, seed: str, point: str) -> None:
    chance = random.Random(int(seed))  # noqa: S311 - not a secret, and repeatable by its seed
    if point:
        event.listen(Session, POINTS[point], lambda _: die_perhaps(chance))
    ws = open_workspace(instance)
    with open(log, "a", encoding="ascii") as told:
        while True:
            op_id = f"{seed}-{chance.getrandbits(60):x}"
            try:
                act(ws, run, op_id, chance)
            except LabelerError:
                continue
            told.write(f"{op_id}\n")
            told.flush()
            os.fsync(told.fileno())


def act(ws: Workspace, run: str, op_id: str, chance: random.Random) -> None:
    """One thing that a person might do."""
    rows = run_report(open_run(ws, run)).clusters
    what = chance.random()
    if what < 0.4:
        answer(ws, run, op_id, chance)
    elif what < 0.65:
        chosen = max(rows, key=lambda row: row.size) if len(rows) < 40 else rows[0]
        regroup.split_cluster(
            ws, run, chosen.cluster, 2, annotator="k", op_id=op_id, raise_budget=True
        )
    elif what < 0.85:
        name = chance.choice([row.class_name for row in rows if row.class_name] or [None])
        same = [row.cluster for row in rows if row.class_name == name][:3]
        regroup.merge_clusters(ws, run, same, annotator="k", op_id=op_id)
    else:
        regroup.undo_change(ws, run, annotator="k", op_id=op_id)


def answer(ws: Workspace, run: str, op_id: str, chance: random.Random) -> None:
    asked = labeling.questions(open_run(ws, run))
    class_id = chance.choice(runs.get_run(ws, run).classes).id
    question = chance.choice([one for one in asked if one.verdict is None] or asked)
    given = GivenAnswer(question.id, Verdict.CLASS, class_id)
    labeling.record_answers(ws, run, op_id, "k", [given])


def die_perhaps(chance: random.Random) -> None:
    if chance.random() < 0.3:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
