"""Which answers are labels that the images came with: nothing can be compared with these."""

from labeler.storage.rows import AskedQuestion
from labeler.workflow.exchange.imported_names import recorded_name

ANNOTATOR = "data set"
"""Who gave the labels that were taken as answers, before an import adds its suffix."""


def is_taken(question: AskedQuestion) -> bool:
    """Whether the answer that stands is a label of the data set itself."""
    return question.answer is not None and question.answer.annotator == recorded_name(ANNOTATOR)
