"""The words that the command line offers for exports and imports are those that there are."""

from labeler.formats import FORMATS
from labeler.formats.reading import READERS
from labeler.formats.rows import SOURCE_NAMES
from labeler.workflow.exchange import choices


def test_what_is_offered_is_what_there_is() -> None:
    assert tuple(FORMATS) == choices.WRITTEN
    assert tuple(one.name for one in FORMATS.values()) == choices.WRITTEN
    assert choices.WRITTEN[:3] == ("csv", "jsonl", "parquet")
    assert tuple(READERS) == choices.READ == ("csv", "jsonl", "parquet", "label-studio")
    assert choices.SOURCES == SOURCE_NAMES
