"""Image bytes to pixels: conversions, and what each kind of damage is told."""

import io
import struct
import sys
import warnings
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from PIL.JpegImagePlugin import JpegImageFile

from labeler.exceptions import InputError
from labeler.imaging import images, renditions
from labeler.imaging.images import decode_image
from labeler.imaging.pixels import fit_pixels, resize_pixels


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def noise(size: tuple[int, int] = (9, 7), mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)).convert(
        mode
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png_of_size(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def refusal(data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        decode_image(data, "a.png")
    assert caught.value.source == "a.png"
    return caught.value


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_lossless_formats_come_back_exactly(file_format: str, mode: str) -> None:
    image = noise(mode=mode)
    decoded = decode_image(encoded(image, file_format), "a")
    assert (decoded.pixels == np.asarray(image)).all()
    assert decoded.size == (7, 9)
    assert decoded.changes == ()


@pytest.mark.parametrize("file_format", ["JPEG", "GIF", "WEBP"])
def test_other_formats_are_read_too(file_format: str) -> None:
    decoded = decode_image(encoded(noise(), file_format), "a")
    assert decoded.pixels.shape == (7, 9, 3)


def test_content_counts_and_not_the_name() -> None:
    assert decode_image(encoded(noise(), "PNG"), "a.jpg").pixels.shape == (7, 9, 3)


def test_sixteen_bits_are_scaled_and_not_cut() -> None:
    values = np.array([[0, 128, 129, 257], [32_768, 65_278, 65_407, 65_535]], dtype=np.uint16)
    decoded = decode_image(encoded(Image.fromarray(values)), "a")
    assert decoded.pixels.tolist() == [[0, 0, 1, 1], [128, 254, 255, 255]]
    assert decoded.changes == ("16-bit",)


def test_transparency_is_laid_on_white() -> None:
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    decoded = decode_image(encoded(image), "a")
    assert decoded.pixels.tolist() == [[[255, 0, 0], [255, 255, 255]]]
    assert decoded.changes == ("transparent",)


def test_an_alpha_channel_that_hides_nothing_is_no_change() -> None:
    assert decode_image(encoded(Image.new("RGBA", (2, 2), (9, 8, 7, 255))), "a").changes == ()


def test_a_transparent_palette_colour_is_laid_on_white_too() -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([10, 20, 30, 1, 2, 3])
    image.putpixel((1, 0), 1)
    decoded = decode_image(encoded(image, transparency=1), "a")
    assert decoded.pixels.tolist() == [[[10, 20, 30], [255, 255, 255]]]


@pytest.mark.parametrize(
    ("mode", "file_format", "change"),
    [("CMYK", "JPEG", "CMYK"), ("P", "PNG", "palette"), ("1", "PNG", "1-bit")],
)
def test_other_modes_are_converted_and_say_so(mode: str, file_format: str, change: str) -> None:
    decoded = decode_image(encoded(noise().convert(mode), file_format), "a")
    assert decoded.pixels.dtype == np.uint8
    assert decoded.changes == (change,)


def test_one_bit_becomes_black_and_white() -> None:
    assert decode_image(encoded(Image.new("1", (2, 2), 1)), "a").pixels.tolist() == [[255] * 2] * 2


def test_colour_without_colour_is_grey() -> None:
    assert decode_image(encoded(Image.new("RGB", (3, 2), (9, 9, 9))), "a").pixels.shape == (2, 3)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_rotation_by_the_camera_is_applied(file_format: str) -> None:
    image = Image.new("L", (16, 8), 0)
    image.paste(255, (0, 0, 8, 8))  # the left half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    decoded = decode_image(encoded(image, file_format, exif=exif), "a")
    assert decoded.pixels.shape[:2] == (16, 8)
    assert decoded.size == (16, 8)
    assert decoded.pixels[:7].min() > 200
    assert decoded.pixels[9:].max() < 50


def test_only_the_first_frame_is_used() -> None:
    frames = [Image.new("L", (4, 4), value) for value in (10, 200, 90)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    decoded = decode_image(data, "a")
    assert (decoded.pixels == 10).all()
    assert "several frames" in decoded.changes


def test_a_large_image_is_shrunk_with_its_aspect() -> None:
    for file_format in ("JPEG", "PNG"):
        decoded = decode_image(encoded(noise((1000, 500)), file_format), "a", at_most=64)
        assert decoded.pixels.shape == (32, 64, 3)
        assert decoded.size == (500, 1000)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 bytes"),
        (b"just text", "content is text"),
        (b"<!DOCTYPE html><html></html>", "content is HTML"),
        (b'<?xml version="1.0"?><svg xmlns=""/>', "content is SVG"),
        (b"%!PS-Adobe-3.0 EPSF", "content is EPS"),
        (b"8BPS\0\1", "content is PSD"),
        (b"%PDF-1.7", "content is PDF"),
        (b"\0\1\2\3", "unknown binary data"),
        (encoded(noise(), "ICO"), "unknown binary data"),
    ],
)
def test_anything_but_an_allowed_image_is_refused_by_content(data: bytes, words: str) -> None:
    error = refusal(data)
    assert error.code == "IMG-1"
    assert words in str(error)
    assert "PNG, JPEG, BMP, GIF, TIFF, WebP" in str(error)


def test_float_pixels_are_refused() -> None:
    assert refusal(encoded(Image.new("F", (3, 3), 0.5), "TIFF")).code == "IMG-1"


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.99])
def test_a_cut_image_is_refused(file_format: str, share: float) -> None:
    data = encoded(noise((60, 50)), file_format)
    assert refusal(data[: int(len(data) * share)]).code in ("IMG-1", "IMG-2")


def test_a_png_without_its_last_bytes_is_refused_though_pillow_would_load_it() -> None:
    error = refusal(encoded(noise())[:-14])
    assert error.code == "IMG-2"
    assert "image data ends early" in str(error)


def test_what_is_no_image_is_refused_without_the_words_of_python() -> None:
    said = str(refusal(b"\0\0\0\x18ftypheic" + bytes(2000)))
    assert "object at 0x" not in said


def test_a_wrong_checksum_is_refused() -> None:
    data = bytearray(encoded(noise()))
    data[data.index(b"IDAT") + 20] ^= 0xFF
    assert refusal(bytes(data)).code == "IMG-2"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((13_000, 13_000), "169 megapixels, limit 100"),
        ((1, 2**31 - 1), "megapixels"),
        ((100_001, 1000), "limit 100"),
    ],
)
def test_too_many_pixels_are_refused_from_the_header(size: tuple[int, int], words: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = refusal(png_of_size(*size))
    assert error.code == "IMG-3"
    assert words in str(error)


def test_a_png_without_width_is_refused() -> None:
    assert refusal(png_of_size(0, 5)).code in ("IMG-2", "IMG-3")


def test_a_webp_canvas_is_checked_before_it_is_allocated() -> None:
    data = bytearray(encoded(noise(), "WEBP", exif=b"Exif\0\0" + bytes(8)))
    assert data[12:16] == b"VP8X"
    data[24:30] = (16_382).to_bytes(3, "little") * 2
    assert "268 megapixels" in str(refusal(bytes(data)))


def test_a_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_IMAGE_BYTES", 100)
    assert refusal(encoded(noise((60, 50)))).code == "IMG-3"


def test_large_metadata_is_refused() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "x" * 1_100_000)
    error = refusal(encoded(noise(), pnginfo=info))
    assert error.code == "IMG-4"
    assert "metadata over 1 MB" in str(error)


def test_metadata_that_unpacks_to_much_is_refused() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "x" * 100_000_000, zip=True)
    assert refusal(encoded(noise(), pnginfo=info)).code == "IMG-4"


def test_a_colour_profile_is_dropped_if_small_and_refused_if_huge() -> None:
    assert decode_image(encoded(noise(), icc_profile=bytes(1000)), "a").changes == ()
    assert refusal(encoded(noise(), icc_profile=bytes(2_000_000))).code == "IMG-4"


def test_an_image_that_is_also_a_script_is_only_pixels() -> None:
    data = encoded(noise()) + b"<script>alert(1)</script>"
    assert decode_image(data, "<img onerror>").pixels.shape == (7, 9, 3)


def test_fitting_keeps_the_aspect_and_fills_with_the_edge_colour() -> None:
    pixels = np.full((4, 8), 50, dtype=np.uint8)
    pixels[1:3, 2:6] = 200
    fitted = fit_pixels(pixels, 16, 16)
    assert fitted.shape == (16, 16)
    assert (fitted[:4] == 50).all()
    assert (fitted[12:] == 50).all()
    assert fitted[8, 8] > 190


def test_fitting_what_fits_returns_it_unchanged() -> None:
    pixels = np.zeros((4, 8, 3), dtype=np.uint8)
    assert fit_pixels(pixels, 4, 8) is pixels


def test_resizing_ignores_the_aspect() -> None:
    assert resize_pixels(np.zeros((4, 8, 3), dtype=np.uint8), 5, 3).shape == (5, 3, 3)


def test_a_large_jpeg_is_decoded_reduced_and_counts_by_what_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 1_000_000)
    data = encoded(Image.new("L", (1400, 800), 9), "JPEG")
    decoded = decode_image(data, "a", at_most=64)
    assert (decoded.pixels.shape, decoded.size) == ((37, 64), (800, 1400))
    assert "1 megapixels, limit 1" in str(refusal(data))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1", "CMYK", "I;16"])
def test_a_large_image_is_made_smaller_first_and_looks_the_same(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ramp = Image.linear_gradient("L").resize((900, 700))
    image = Image.new("I;16", ramp.size) if mode == "I;16" else ramp.convert(mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(ramp).astype(np.uint16) * 257)
    data = encoded(image, "TIFF" if mode == "CMYK" else "PNG")
    whole = decode_image(data, "a", at_most=64, with_rendition=True)
    monkeypatch.setattr(images, "_KEPT_WHOLE", 1000)
    reduced = decode_image(data, "a", at_most=64, with_rendition=True)
    assert (reduced.pixels.shape, reduced.size) == (whole.pixels.shape, whole.size)
    difference = np.abs(reduced.pixels.astype(int) - whole.pixels.astype(int))
    assert difference.mean() < (20 if mode == "1" else 2)


def test_an_upright_photograph_stays_upright_when_it_is_made_smaller_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "_KEPT_WHOLE", 1000)
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode_image(encoded(noise((900, 700)), exif=exif), "a", at_most=64)
    assert (decoded.pixels.shape, decoded.size) == ((64, 50, 3), (900, 700))
    assert "rotated" in decoded.changes


def test_values_of_sixteen_bits_are_laid_on_the_scale_that_is_asked_for() -> None:
    values = np.linspace(800, 1200, 200 * 300).reshape(200, 300).astype(np.uint16)
    data = encoded(Image.fromarray(values))
    decoded = decode_image(
        data, "a", at_most=64, deep=True, on_scale=(900, 1100), with_rendition=True
    )
    assert decoded.pixels.dtype == np.uint8
    assert (decoded.pixels.min(), decoded.pixels.max()) == (0, 255)
    shown = renditions.decode(decoded.rendition)
    assert max(shown.size) == renditions.LONGEST_SIDE
    assert shown.getextrema()[0] == (0, 255)


@pytest.mark.parametrize(
    ("size", "decoded_size"),
    [((4000, 3000), (500, 375)), ((3000, 4000), (375, 500)), ((1600, 100), (400, 25))],
)
def test_a_jpeg_is_reduced_by_its_longer_side(
    size: tuple[int, int], decoded_size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    draft = JpegImageFile.draft

    def drafting(image: JpegImageFile, *arguments: Any) -> Any:
        given = draft(image, *arguments)
        sizes.append(image.size)
        return given

    monkeypatch.setattr(JpegImageFile, "draft", drafting)
    decode_image(encoded(Image.new("L", size, 9), "JPEG"), "a", at_most=64, with_rendition=True)
    assert sizes == [decoded_size]


@pytest.mark.parametrize(
    ("ink", "pixel", "change"),
    [
        ((255, 255, 255), 0, "light and transparent"),
        ((0, 0, 0), 255, "transparent"),
        ((200, 30, 30), 255, "transparent"),
    ],
)
def test_a_transparent_drawing_gets_a_ground_on_which_it_shows(
    ink: tuple[int, int, int], pixel: int, change: str
) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((*ink, 255), (10, 10, 30, 14))
    decoded = decode_image(encoded(image), "a")
    assert decoded.changes == (change,)
    assert (decoded.pixels[0, 0] == pixel).all()
    assert decoded.pixels.min() != decoded.pixels.max()


def test_an_image_that_is_all_transparent_is_white() -> None:
    assert (decode_image(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 0))), "a").pixels == 255).all()


def test_avif_is_read() -> None:
    decoded = decode_image(encoded(noise((64, 40)), "AVIF"), "a", at_most=32)
    assert (decoded.pixels.shape, decoded.size) == ((20, 32, 3), (40, 64))


def test_heic_is_read_where_its_library_is_installed() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(noise((64, 40))).save(file)
    assert decode_image(file.getvalue(), "a").pixels.shape == (40, 64, 3)


def test_heic_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    error = refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert "content is HEIC" in str(error)
    assert "labeler[heic]" in str(error)
