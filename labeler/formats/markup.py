"""Text that XML can hold."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def attribute(text: str) -> str:
    """``text`` as an attribute's value, quoted, line breaks and all; see ``xml_text``."""
    return quoteattr(xml_text(text))


def xml_text(text: str) -> str:
    """``text`` with the few control characters that XML has no way to write, written out."""
    return _NOT_XML.sub(lambda match: ascii(match[0])[1:-1], text)


def xml_names(classes: Sequence[str]) -> tuple[str, ...]:
    """Class names that XML can hold, still different from each other."""
    names: list[str] = []
    for name in map(xml_text, classes):
        while name in names:
            name += "_"
        names.append(name)
    return tuple(names)
