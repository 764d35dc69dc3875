"""A file that a writer writes into and a stream of chunks that comes out."""


class Sink:
    """Takes what a library writes and hands it on, so that no file is in memory as a whole.

    It cannot be sought in: for writers that only ever append.
    """

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._position = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        """Take some bytes; a copy, for the library may use its buffer again."""
        self._chunks.append(bytes(data))
        self._position += len(data)
        return len(data)

    def drain(self) -> bytes:
        """What was written since the last time."""
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)

    def tell(self) -> int:
        """How much was written so far."""
        return self._position

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """What was written stays to be drained."""
        self.closed = True

    def readable(self) -> bool:
        """Never."""
        return False

    def seekable(self) -> bool:
        """Never."""
        return False

    def writable(self) -> bool:
        """Until it is closed."""
        return not self.closed
