"""Commands are listed without being imported, and are themselves as soon as one is asked for."""

from importlib import import_module
from inspect import signature

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from labeler.cli import PLACES, cli
from labeler.cli.late import LateGroup, Place

WIDTHS = (20, 45, 64, 82, 200)


@pytest.mark.parametrize("name", PLACES)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    listed, real = cli.commands[name], cli.load(name)
    assert real.name == name
    assert real.params
    for width in WIDTHS:
        assert listed.get_short_help_str(width) == real.get_short_help_str(width)


def test_every_command_that_is_listed_explains_itself() -> None:
    for name in PLACES:
        explained = CliRunner().invoke(cli, [name, "--help"])
        assert explained.exit_code == 0
        assert explained.output.startswith(f"Usage: cli {name} ")


def test_no_line_of_the_list_is_cut_and_each_stands_in_one_group() -> None:
    said = CliRunner().invoke(cli, ["--help"], terminal_width=70).output
    listed = " ".join(said.split())
    for name, place in PLACES.items():
        assert f" {name} {place.summary}" in listed
    groups = [line for line in said.splitlines() if line.endswith(":") and line[0] != " "]
    assert groups == ["Options:", "Try:", "Label:", "Check:", "Use:", "Care:"]


def test_names_and_options_are_completed() -> None:
    completion = ShellComplete(cli, {}, "labeler", "_LABELER_COMPLETE")
    names = [found.value for found in completion.get_completions([], "s")]
    assert names == ["serve", "serve-model", "show", "simulate", "split"]
    options = [found.value for found in completion.get_completions(["split"], "--r")]
    assert options == ["--raise-budget"]


def test_a_name_that_is_none_is_refused_without_an_import() -> None:
    group = LateGroup({"gone": Place("labeler.no_such_module:gone", "Try", "Go.")}, name="labeler")
    assert "Go." in CliRunner().invoke(group, ["--help"]).output
    refused = CliRunner().invoke(group, ["gones"])
    assert (refused.exit_code, "No such command 'gones'" in refused.output) == (2, True)
    with pytest.raises(ModuleNotFoundError):
        group.load("gone")


def test_a_command_that_is_loaded_late_runs_as_itself() -> None:
    group = LateGroup({"say": Place(f"{__name__}:say", "Try", "Say it.")}, name="labeler")
    said = CliRunner().invoke(group, ["say", "hello"])
    assert (said.exit_code, said.output) == (0, "hello\n")


@pytest.mark.parametrize("name", PLACES)
def test_what_a_command_does_takes_what_it_is_asked_with(name: str) -> None:
    command = cli.load(name)
    assert command.callback is not None
    _, _, subject = command.callback.__module__.rpartition(".")
    body = getattr(import_module(f"labeler.cli.heavy.{subject}"), command.callback.__name__)
    options = [str(param.name) for param in command.params if param.expose_value]
    signature(body).bind(**dict.fromkeys(options))


@click.command()
@click.argument("word")
def say(word: str) -> None:
    click.echo(word)
