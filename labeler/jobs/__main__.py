"""The worker's process: ``python -m labeler.jobs package.module:HANDLERS``.

It ends when a byte comes in on its standard input, and when that ends: when the parent is gone,
however it went.
"""

import logging
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from pkgutil import resolve_name
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError

from labeler.exceptions import LabelerError
from labeler.jobs.worker import Worker
from labeler.storage import jobs
from labeler.storage.database import open_database
from labeler.storage.upkeep import Upkeep

GRACE_SECONDS = 5.0


def main() -> int:
    """Work until told to stop; the arguments are the handlers, the instance and a name."""
    handlers, instance, name = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if hasattr(os, "nice"):
        os.nice(10)  # pages come first
    try:
        database = open_database(Path(instance))
    except LabelerError as error:
        logging.error("the worker cannot start: %s", error)  # noqa: LOG015 - it has no other
        return error.exit_status
    worker = Worker(database, resolve_name(handlers), name=name, idle=Upkeep(database))
    signal.signal(signal.SIGTERM, lambda *_: worker.shut_down.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent, which tells us
    Thread(target=_follow_parent, args=[worker], name="parent", daemon=True).start()
    worker.run()
    database.close()
    return 0


def _follow_parent(worker: Worker) -> None:
    """End when told to, by a byte, and when the parent is gone."""
    while os.read(sys.stdin.fileno(), 1):
        worker.shut_down.set()
    let_go = jobs.hand_back if worker.shut_down.is_set() else jobs.abandon
    worker.shut_down.set()
    time.sleep(GRACE_SECONDS)
    # Still here: a step does not look up. Cut it off, as a supervisor would have done.
    with suppress(LabelerError, SQLAlchemyError):
        worker.database.write(lambda session: let_go(session, worker.name))
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
