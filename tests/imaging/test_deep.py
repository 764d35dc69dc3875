"""Images of 16 bits that keep them."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from labeler.imaging import images
from labeler.imaging.images import decode_image


def png(values: np.ndarray) -> bytes:
    """A PNG of 16 bits a channel, grey or colour, which Pillow itself does not write."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 65_536, (6, 4, 3)).astype(np.uint16)


def test_colour_keeps_both_bytes(values: np.ndarray) -> None:
    decoded = decode_image(png(values), "a", deep=True)
    assert decoded.pixels.dtype == np.uint16
    assert (decoded.pixels == values).all()
    assert decoded.changes == ("16-bit",)


def test_opaque_colour_with_transparency_is_no_deep_image(values: np.ndarray) -> None:
    opaque = np.concatenate([values, np.full((6, 4, 1), 65_535, np.uint16)], axis=2)
    assert decode_image(png(opaque), "a", deep=True).pixels.dtype == np.uint8


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_grey_keeps_both_bytes(values: np.ndarray, compression: str | None) -> None:
    file = io.BytesIO()
    Image.fromarray(values[..., 0]).save(file, "TIFF", compression=compression)
    assert (decode_image(file.getvalue(), "a", deep=True).pixels == values[..., 0]).all()


def test_unless_asked_16_bits_become_8(values: np.ndarray) -> None:
    assert decode_image(png(values), "a").pixels.dtype == np.uint8
    assert decode_image(png(values[..., :1]), "a").pixels.dtype == np.uint8


@pytest.mark.parametrize("channels", [1, 3])
def test_a_larger_image_is_shrunk_on_its_own_scale(channels: int) -> None:
    flat = np.full((90, 60, channels), 800, np.uint16)
    pixels = decode_image(png(flat), "a", at_most=30, deep=True).pixels
    assert pixels.shape == (30, 20)
    assert (pixels == 800).all()


def test_a_turned_image_is_set_upright(values: np.ndarray) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(values[..., 0]).save(file, "PNG", exif=exif)
    decoded = decode_image(file.getvalue(), "a", deep=True)
    assert (decoded.pixels == np.rot90(values[..., 0], -1)).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_one_that_others_would_be_made_smaller_for_keeps_both_bytes(
    channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_KEPT_WHOLE", 1000)
    flat = np.full((900, 800, channels), 800, np.uint16)
    pixels = decode_image(png(flat), "a", at_most=30, deep=True, with_rendition=True).pixels
    assert pixels.shape[:2] == (30, 27)
    assert (pixels == 800).all()
