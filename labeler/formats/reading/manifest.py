"""What the manifest of an exported set says about the files of labels beside it."""

import json
from dataclasses import dataclass
from pathlib import Path

from labeler.datasets.provenance import MANIFEST

LONGEST = 10_000_000
"""Bytes of a manifest that is looked into."""


@dataclass(frozen=True)
class Described:
    """A set, as far as its manifest can be believed.

    Attributes
    ----------
    format : str
        Empty where it says none.
    names : frozenset of str
        Of the files of the set, relative to it.
    dataset_hash : str or None
        Of the data set that the labels are about.
    """

    format: str
    names: frozenset[str]
    dataset_hash: str | None


def hash_beside(path: Path) -> str | None:
    """The data set's hash from the manifest beside a file; None where there is no such thing."""
    for manifest in (path.with_name(f"{path.name}.{MANIFEST}"), path.with_name(MANIFEST)):
        try:
            if manifest.is_file() and manifest.stat().st_size <= LONGEST:
                content = described(manifest.read_bytes())
                if content is not None and path.name in content.names and content.dataset_hash:
                    return content.dataset_hash
        except OSError:
            continue
    return None


def described(manifest: bytes) -> Described | None:
    """What a manifest says; None for something else of the same name."""
    try:
        content = json.loads(manifest)
        names = frozenset(file["name"] for file in content["files"])
        dataset_hash, format = content["dataset"]["sha256"], content.get("format", "")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None
    texts = {*names, format}
    if not all(isinstance(text, str) for text in texts):
        return None
    return Described(format, names, dataset_hash if isinstance(dataset_hash, str) else None)
