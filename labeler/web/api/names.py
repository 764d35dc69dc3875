"""What may be named by somebody who is not at this machine: names, and no file."""

from flask import abort

from labeler.feature_names import file_of, parts_of
from labeler.workflow import datasets


def safe_features(features: str | None) -> str | None:
    """``features``, if it names no file: that would be read with the server's own rights."""
    if features is not None and any(map(file_of, parts_of(features))):
        abort(400, "features must be a name, not a file.")
    return features


def known_name(source: str) -> str:
    """``source``, if it is the name of a known data set."""
    if source not in {known.name for known in datasets.list_known()}:
        abort(400, "source must be the name of a known data set.")
    return source
