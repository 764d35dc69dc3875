"""CVAT for images 1.1: ``annotations.xml``, and the images beside it if wanted.

Every label is a tag of its image; answers are marked ``manual``, spread labels ``auto``. Without
the images, each is called by its own file name, as in a task that has the originals.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from labeler.export.base import File, Format, Options
from labeler.export.images import image_files
from labeler.export.markup import attribute, xml_names, xml_text
from labeler.export.names import image_names
from labeler.export.rows import LabelRows
from labeler.records import UNLABELED, Source


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    if options.with_images:
        yield from image_files(rows, options, "images")
    yield File("annotations.xml", _annotations(rows, options))


def _annotations(rows: LabelRows, options: Options) -> Iterator[bytes]:
    names = xml_names(rows.class_names)
    yield _head(rows, names, options).encode()
    for part in rows.parts(options.progress):
        yield "".join(_images(rows, part, names, options)).encode()
    yield b"</annotations>\n"


def _head(rows: LabelRows, names: tuple[str, ...], options: Options) -> str:
    """A task; a set that is split is a project with a task for each side."""
    called = escape(xml_text(options.name))
    labels = "".join(
        f"<label><name>{escape(name)}</name><type>tag</type><attributes></attributes></label>\n"
        for name in names
    )
    described = f"<name>{called}</name>\n<labels>\n{labels}</labels>\n"
    if rows.is_validation is None:
        size = f"<size>{len(rows)}</size>\n<mode>annotation</mode>\n"
        meta = f"<task>\n{size}{described}</task>\n"
    else:
        tasks = "".join(
            f"<task><name>{called} {side}</name><size>{len(part)}</size>"
            f"<mode>annotation</mode><subset>{side}</subset></task>\n"
            for side, part in rows.sides()
        )
        meta = f"<project>\n{described}<tasks>\n{tasks}</tasks>\n</project>\n"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
        f"<meta>\n{meta}</meta>\n"
    )


def _images(
    rows: LabelRows, part: slice, names: tuple[str, ...], options: Options
) -> Iterator[str]:
    height, width = rows.image_shape[:2]
    images = image_names(rows, part)
    own = None if options.with_images else rows.file_names(part)
    splits = rows.splits(part) or [""] * len(images)
    labels = rows.label_set.labels[part].tolist()
    sources = rows.label_set.sources[part].tolist()
    for place, (image, label, source, split) in enumerate(
        zip(own or images, labels, sources, splits, strict=True)
    ):
        subset = f' subset="{split}"' if split else ""
        yield (
            f'  <image id="{part.start + place}" name={attribute(image)}{subset} '
            f'width="{width}" height="{height}">\n'
        )
        if label != UNLABELED:
            by = "auto" if source == Source.PROPAGATED else "manual"
            yield f'    <tag label={attribute(names[label])} source="{by}"></tag>\n'
        yield "  </image>\n"


CVAT = Format(
    name="cvat",
    title="CVAT",
    purpose="For correcting labels in CVAT, as tags: answers are manual, spread labels auto.",
    loading="upload as CVAT 1.1",
    files=_files,
)
