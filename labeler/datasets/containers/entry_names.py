"""Names of entries in archives: made plain, the odd ones left out, the dangerous ones refused."""

import re
import unicodedata
from collections.abc import Sequence

from labeler.datasets.containers.files import escaped
from labeler.exceptions import refuse
from labeler.words import counted

_MAX_NAME_BYTES = 255
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_SHOWN = 3


class EntryNames:
    """Names of one archive, checked one after the other.

    Parameters
    ----------
    kind : str
        ``"ZIP"``, ``"TAR"``, or ``"UP"`` for what is uploaded file by file: errors are of this
        kind.
    source : str
        What to call the archive in messages.
    """

    def __init__(self, kind: str, source: str) -> None:
        self._kind = kind
        self._source = source
        self._folded: set[str] = set()
        self._odd: list[str] = []
        self._n_links = 0

    def clean(self, name: str, number: int) -> str | None:
        """The name with forward slashes and without ``./``; None where it is left out.

        Raises
        ------
        InputError
            ZIP-3, TAR-3 or UP-3 for a name that leads elsewhere.
        """
        plain = name.replace("\\", "/")
        *folders, last = plain.split("/")
        parts = [part for part in folders if part != "."] + ([last] if last != "." else [])
        if "\0" in name or _DRIVE.match(plain) or ".." in parts or "" in parts[:-1]:
            refuse(
                f"{self._kind}-3",
                self._source,
                f"unsafe name in entry {number:,}: {name[:80]!r}",
                "names relative to the archive",
                "Rename the file and pack it again.",
            )
        if any(map(_is_odd, parts)):
            self._odd.append(plain)
            return None
        return "/".join(parts)

    def skip_link(self) -> None:
        """Count a link, which is not read."""
        self._n_links += 1

    def require_new(self, name: str) -> None:
        """Refuse two names that are one on another system.

        Raises
        ------
        InputError
            ZIP-5 or TAR-5
        """
        key = unicodedata.normalize("NFC", name).casefold()
        if key in self._folded:
            refuse(
                f"{self._kind}-5",
                self._source,
                f"same name twice: {name!r} (case and accents' encoding apart)",
                "each name once, on every system",
                "Rename one of them and pack again.",
            )
        self._folded.add(key)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        notes = [f"skipped {counted(self._n_links, 'link')}"] if self._n_links else []
        if self._odd:
            notes.append(f"skipped {_odd_words(self._odd)}")
        return tuple(notes)


def encoding_of(names: Sequence[bytes]) -> str:
    """The encoding of those names of an archive that are not UTF-8 and that nobody noted.

    Japanese (Shift-JIS), as Windows packs it there, where the bytes would else be boxes and signs;
    or that of the first PCs, which the format asks for.
    """
    try:
        texts = [name.decode("cp932") for name in names]
    except UnicodeDecodeError:
        return "cp437"
    is_japanese = any(
        _is_japanese(text) and not _is_of_letters(name.decode("cp437"))
        for text, name in zip(texts, names, strict=True)
    )
    return "cp932" if is_japanese else "cp437"


def is_utf8(name: bytes) -> bool:
    """Whether a name is UTF-8, as macOS packs it without saying so."""
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_japanese(text: str) -> bool:
    return any("\u3040" <= character <= "\u9fff" for character in text)


def _is_of_letters(text: str) -> bool:
    return all(character.isalpha() for character in text if not character.isascii())


def _is_odd(part: str) -> bool:
    """Whether not every system can store a file of that name."""
    is_long = len(part.encode("utf-8", "replace")) > _MAX_NAME_BYTES
    return is_long or bool(_RESERVED.fullmatch(part.partition(".")[0].rstrip()))


def _odd_words(names: Sequence[str]) -> str:
    shown = ", ".join(escaped(name[-80:]) for name in names[:_SHOWN])
    more = ", …" if len(names) > _SHOWN else ""
    return (
        f"{counted(len(names), 'entry', 'entries')} with a name that not every system can store "
        f"({shown}{more})"
    )
