"""What a labeling configuration of Label Studio wants to know of an image."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

from labeler.exceptions import ConfigError

MOST_CHARACTERS = 1_000_000
_DECLARATIONS = ("<!DOCTYPE", "<!ENTITY")
_KEY = re.compile(r"\$([\w.-]{1,200})", re.ASCII)


@dataclass(frozen=True)
class ImageChoices:
    """The choices that somebody makes of an image.

    Attributes
    ----------
    from_name, to_name : str
        What the choices and the image are called there.
    key : str
        Which part of a task's data is the address of the image.
    values : dict of str to str
        What is answered for each choice, by its names in small letters.
    """

    from_name: str
    to_name: str
    key: str
    values: dict[str, str]

    def value_of(self, names: Iterable[str]) -> str | None:
        """The choice that has one of these names; None where there is none."""
        found = (self.values.get(name.strip().casefold()) for name in names)
        return next((value for value in found if value is not None), None)


def choices_of(label_config: str) -> ImageChoices:
    """Read the first choices about an image.

    Parameters
    ----------
    label_config : str
        XML as a project has it.

    Raises
    ------
    ConfigError
        It has none, or is not XML.
    """
    root = _root(label_config)
    images = {image.get("name", ""): image.get("value", "") for image in root.iter("Image")}
    for element in root.iter("Choices"):
        key = _KEY.fullmatch(images.get(element.get("toName", ""), ""))
        values = _values(element)
        if key is not None and values and element.get("name"):
            return ImageChoices(element.get("name", ""), element.get("toName", ""), key[1], values)
    raise ConfigError(
        "The labeling configuration has no choices about an image: it needs <Image name=... "
        "value=...> and <Choices name=... toName=...> with a <Choice value=...> for each class."
    )


def _root(label_config: str) -> ElementTree.Element:
    if len(label_config) > MOST_CHARACTERS or any(
        mark in label_config.upper() for mark in _DECLARATIONS
    ):
        raise ConfigError("The labeling configuration is too long, or has declarations of its own.")
    try:
        return ElementTree.fromstring(label_config)  # noqa: S314 - without declarations
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise ConfigError("The labeling configuration is no XML.") from error


def _values(choices: ElementTree.Element) -> dict[str, str]:
    values: dict[str, str] = {}
    for choice in choices.iter("Choice"):
        value = choice.get("alias") or choice.get("value")
        for name in (choice.get("value"), choice.get("alias")):
            if name and value:
                values.setdefault(name.strip().casefold(), value)
    return values
