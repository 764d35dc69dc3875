"""Which data set the labels of an export are about, as the manifest of the set says."""

import json
from pathlib import Path

from labeler.export.writing import MANIFEST

LONGEST = 10_000_000
"""Bytes of a manifest that is looked into."""


def hash_beside(path: Path) -> str | None:
    """The data set's hash from the manifest beside a file; None where there is no such thing."""
    for manifest in (path.with_name(f"{path.name}.{MANIFEST}"), path.with_name(MANIFEST)):
        try:
            if manifest.is_file() and manifest.stat().st_size <= LONGEST:
                found = hash_in(manifest.read_bytes(), path.name)
                if found is not None:
                    return found
        except OSError:
            continue
    return None


def hash_in(manifest: bytes, name: str) -> str | None:
    """The data set's hash, if this is the manifest of a set with a file of that name."""
    try:
        found = json.loads(manifest)
        names = {one["name"] for one in found["files"]}
        given = found["dataset"]["sha256"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None  # something else of the same name
    return given if name in names and isinstance(given, str) else None
