"""CVAT for images 1.1: ``annotations.xml``, and the images beside it if wanted.

Every label is a tag of its image; answers are marked ``manual``, spread labels ``auto``. The
attributes of the tag say in full where it came from and how sure it is. Without the images, each
is called by its own file name, as in a task that has the originals.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from labeler.formats.base import File, Format, HeldOut, Options
from labeler.formats.images import image_files, image_sizes
from labeler.formats.markup import attribute, xml_names, xml_text
from labeler.formats.own_names import image_names
from labeler.formats.rows import SOURCE_NAMES, LabelRows, Side
from labeler.records import UNLABELED, Source

NAME = "cvat"
PLACE = 10
PURPOSE = "For correcting labels in CVAT, as tags: answers are manual, spread labels auto."

ATTRIBUTES = ("source", "confidence", "annotator", "answered_at", "path")
"""What each tag tells; the source is one of a list, the others are text."""


_BY_MACHINE = (Source.PROPAGATED.name.lower(), Source.PREDICTED.name.lower())


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    if options.with_images:
        names = [f"images/{image}" for image in image_names(rows)]
        yield from image_files(rows, options, names)
    yield File("annotations.xml", _annotations(rows, options))


def _annotations(rows: LabelRows, options: Options) -> Iterator[bytes]:
    names = xml_names(rows.class_names)
    yield _head(rows, names, options).encode()
    images = image_names(rows)
    for part in rows.parts(options.progress):
        own = None if options.with_images else rows.file_names(part)
        yield "".join(_images(rows, part, names, own or images[part])).encode()
    yield b"</annotations>\n"


def _head(rows: LabelRows, names: tuple[str, ...], options: Options) -> str:
    """A task; a set that is split is a project with a task for each side."""
    called = escape(xml_text(options.name))
    described = "".join(map(_attribute, ATTRIBUTES))
    labels = "".join(
        f"<label><name>{escape(name)}</name><type>tag</type>"
        f"<attributes>{described}</attributes></label>\n"
        for name in names
    )
    described = f"<name>{called}</name>\n<labels>\n{labels}</labels>\n"
    if not rows.has_sides:
        size = f"<size>{len(rows)}</size>\n<mode>annotation</mode>\n"
        meta = f"<task>\n{size}{described}</task>\n"
    else:
        tasks = "".join(
            f"<task><name>{called} {side.folder}</name><size>{len(part)}</size>"
            f"<mode>annotation</mode><subset>{side.folder}</subset></task>\n"
            for side, part in rows.sides()
        )
        meta = f"<project>\n{described}<tasks>\n{tasks}</tasks>\n</project>\n"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
        f"<meta>\n{meta}</meta>\n"
    )


def _attribute(name: str) -> str:
    kind, values = ("select", SOURCE_NAMES[1:]) if name == "source" else ("text", ("",))
    return (
        f"<attribute><name>{name}</name><mutable>False</mutable><input_type>{kind}</input_type>"
        f"<default_value>{values[0]}</default_value><values>{chr(10).join(values)}</values>"
        "</attribute>"
    )


def _images(
    rows: LabelRows, part: slice, names: tuple[str, ...], images: Sequence[str]
) -> Iterator[str]:
    sizes = image_sizes(rows, part)
    sides = [Side(code).folder for code in rows.codes[part].tolist()]
    labels = rows.label_set.labels[part].tolist()
    for place, (image, (height, width), label, side, record) in enumerate(
        zip(images, sizes, labels, sides, rows.records(part), strict=True)
    ):
        subset = f' subset="{side}"' if rows.has_sides else ""
        yield (
            f'  <image id="{part.start + place}" name={attribute(image)}{subset} '
            f'width="{width}" height="{height}">\n'
        )
        if label != UNLABELED:
            yield _tag(names[label], record)
        yield "  </image>\n"


def _tag(name: str, record: dict[str, Any]) -> str:
    by = "auto" if record["source"] in _BY_MACHINE else "manual"
    inner = "".join(
        f'<attribute name="{key}">{escape(xml_text(str(record[key])))}</attribute>'
        for key in ATTRIBUTES
        if record[key] is not None
    )
    return f'    <tag label={attribute(name)} source="{by}">{inner}</tag>\n'


CVAT = Format(
    name=NAME,
    title="CVAT",
    purpose=PURPOSE,
    loading="upload as CVAT 1.1",
    files=_files,
    held_out=HeldOut.ASKED,
)
