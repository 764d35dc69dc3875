"""The words that an export or an import is asked for with.

Nothing heavy is imported here, so that the command line explains itself at once. A test holds the
sources equal to those that there are.
"""

from labeler.plugins import read_formats, written_formats

WRITTEN = tuple(written_formats())
"""Formats of an export."""

READ = tuple(read_formats())
"""Formats of an import."""

OF_RUNS = ("none", "human", "oracle", "propagated", "dataset", "reviewed", "corrected")
"""Where a label of a run comes from, by its number."""

SOURCES = (*OF_RUNS, "predicted")
"""Where any label comes from, by its number."""

KEEP, TAKE = "keep", "take"
ON_CONFLICT = (KEEP, TAKE)
"""What is done with an answer of the run where the file has another one."""

SUGGESTIONS, HUMAN = "suggestions", "human"
UNMARKED = (SUGGESTIONS, HUMAN)
"""What labels are of which the file does not say where they come from."""

ORIGINALS, LINKS, THUMBNAILS = "originals", "links", "thumbnails"
IMAGES = (ORIGINALS, LINKS, THUMBNAILS)
"""Which files the images of a set are: the user's own, byte for byte or linked to, or small PNG."""
