"""A group whose commands are imported when one of them is asked for, not to list them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple, cast

import click


class Place(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    where: str
    """``package.module:name``."""

    summary: str
    """The first paragraph of its help."""


class LateGroup(click.Group):
    """Lists its commands and completes their names by what it was told, without importing them.

    Parameters
    ----------
    places : Mapping of str to Place
        Each command by the name that is typed.
    **settings
        As of ``click.Group``.
    """

    def __init__(self, places: Mapping[str, Place], **settings: Any) -> None:
        listed = {name: click.Command(name, help=place.summary) for name, place in places.items()}
        super().__init__(commands=listed, **settings)
        self.places = places

    def load(self, name: str) -> click.Command:
        """Import a command, with its options and what it does."""
        module, _, attribute = self.places[name].where.partition(":")
        return cast(click.Command, getattr(import_module(module), attribute))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command to run, to explain or to complete, which is the real one."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else self.load(name), rest
