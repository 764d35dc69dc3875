"""What names a label set, so that anybody can tell whether they have the one that was judged."""

import hashlib

from labeler.workflow.datasets import as_dataset
from labeler.workflow.exchange.choices import SOURCES
from labeler.workflow.run import Run
from labeler.workflow.views import SpreadView


def hash_labels(run: Run, view: SpreadView) -> str:
    """SHA-256 that names a label set.

    Of one line for each image of the pool, in its order: index, class name and source with a tab
    between, each ended by a newline. They stand so in the rows of an export without filters, but
    for those of the test part.
    """
    indices = as_dataset(run.ws, run.dataset).train.positions[run.pool].tolist()
    names = [*view.classes, ""]  # the last one is what UNLABELED (-1) picks
    labels, sources = view.label_set.labels.tolist(), view.label_set.sources.tolist()
    digest = hashlib.sha256()
    for index, label, source in zip(indices, labels, sources, strict=True):
        line = f"{index}\t{names[label]}\t{SOURCES[source]}\n"
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
