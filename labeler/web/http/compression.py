"""Scripts and style sheets sent as gzip. Pages and JSON never are: they carry a secret.

What a page repeats of its address beside the token of a form could be told from its compressed
length (BREACH); files that are the same for everybody hold nothing to tell.
"""

import gzip
from functools import lru_cache

from flask import Response, request

COMPRESSED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
"""Media types; a JavaScript file has either, as the system has it."""


def compress_static(response: Response) -> Response:
    """Send a static text file as gzip to whoever takes it, with the caching that it had.

    The entity tag becomes a weak one, for the bytes are others than the file's; a browser that
    asks by it is told "not modified" as before.
    """
    if request.endpoint != "static" or response.mimetype not in COMPRESSED:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or not request.accept_encodings.quality("gzip"):
        return response
    response.direct_passthrough = False
    response.set_data(_packed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    del response.headers["Accept-Ranges"]
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
    return response


@lru_cache(maxsize=128)
def _packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
