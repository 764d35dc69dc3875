"""Commands that are imported when they are asked for, and what they do when they run."""

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any, NamedTuple, cast

import click


class Place(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    where: str
    """``package.module:name``."""

    group: str
    """What it is listed under."""

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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, those of a group together, none of their lines cut."""
        rows: dict[str, list[tuple[str, str]]] = {}
        for name, place in self.places.items():
            rows.setdefault(place.group, []).append((name, place.summary))
        widest = max(map(len, self.places)) + 2
        for group, commands in rows.items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(widest - 2), text) for name, text in commands])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command to run, to explain or to complete, which is the real one."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else self.load(name), rest


def late_body(command: Callable[[], None]) -> Callable[..., None]:
    """Keep the name and the help of a command, and import what it does when it runs.

    That is the function of the same name in the module of the same name in ``heavy/``, which takes
    the options and arguments by their names.
    """
    package, _, module = command.__module__.rpartition(".")

    @wraps(command)
    def do(**options: Any) -> None:
        body = import_module(f"{package}.heavy.{module}")
        getattr(body, command.__name__)(**options)

    return do
