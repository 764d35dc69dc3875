"""The parts of these pages that say what there is: commands, addresses, the API.

``make docs`` writes them anew between the marks in each page, from what the program itself says;
with ``--check``, this only looks whether they are what would be written.
"""

import inspect
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from labeler.cli import PLACES, cli
from labeler.typed_json import with_choices
from labeler.web.api.document import ANY_FILE, document
from labeler.web.app import create_app
from labeler.web.settings import WebSettings
from labeler.workflow.workspace import open_workspace

HERE = Path(__file__).parent
BEGIN, END = "<!-- written by make docs -->\n", "<!-- up to here -->\n"
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+?)(?:_id)?>")
_LITERAL_BLOCK = "\b\n"


def commands() -> Iterator[str]:
    """Every command as its help has it, what all of them take first."""
    yield from _options(cli)
    for name in PLACES:
        yield from _command(name, cli.load(name))


def _command(name: str, command: click.Command) -> Iterator[str]:
    ctx = click.Context(command, info_name=name)
    yield f"## labeler {name}\n"
    yield f"    labeler {name} {' '.join(command.collect_usage_pieces(ctx))}\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield _paragraph(paragraph)
    yield from _options(command)


def _paragraph(text: str) -> str:
    if text.startswith(_LITERAL_BLOCK):
        lines = text.removeprefix(_LITERAL_BLOCK).splitlines()
        return "\n".join(f"    {line.strip()}" for line in lines) + "\n"
    return f"{_line(text)}\n"


def _options(command: click.Command) -> Iterator[str]:
    """One line for each option, ``--help`` left out."""
    ctx = click.Context(command)
    options = [param for param in command.params if isinstance(param, click.Option)]
    records = filter(None, (option.get_help_record(ctx) for option in options))
    lines = [f"- `{names}`: {_line(text)}" for names, text in records]
    yield "\n".join([*lines, ""])


def pages() -> Iterator[str]:
    """Every address that is not of the API, with what its view says it does."""
    for address, method, view in sorted(_views()):
        summary = inspect.cleandoc(view).partition("\n\n")[0]
        yield f"- `{method} {address}`: {_line(summary).replace('``', '`')}"
    yield ""


def _views() -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder), f"sqlite:///{folder}/labeler.sqlite3")
        app = create_app(workspace, WebSettings(bytes(32)))
        workspace.close()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(("api.", "static")):
            for method in sorted((rule.methods or set()) & set(METHODS)):
                yield shown(rule.rule), method, app.view_functions[rule.endpoint].__doc__ or ""


def shown(rule: str) -> str:
    """The address of a page with words in capitals where it differs."""
    return _PLACEHOLDER.sub(lambda found: found.group(1).upper(), rule)


def api() -> Iterator[str]:
    """Every operation of the API, then every shape that it takes or answers."""
    described = with_choices(document())
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            yield from _operation(f"{method.upper()} {path}", operation)
    yield "## Shapes\n"
    for name, schema in described["components"]["schemas"].items():
        yield from _schema(name, schema)


def _operation(address: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### `{address}`\n"
    yield f"{operation['summary']}. {operation.get('description', '')}".strip() + "\n"
    queried = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    lines = [_field(f"?{one['name']}", one["schema"], one.get("description")) for one in queried]
    if ANY_FILE in operation.get("requestBody", {}).get("content", {}):
        lines.append("- takes the bytes of a file")
    elif "requestBody" in operation:
        lines.append(f"- takes {_type(_content(operation['requestBody']))}")
    lines += [*_answers(operation["responses"]), ""]
    yield "\n".join(lines)


def _answers(responses: dict[str, Any]) -> Iterator[str]:
    for status, response in responses.items():
        if "content" in response:
            yield f"- {status} ({response['description']}): {_type(_content(response))}"
        elif "description" in response:
            yield f"- {status} ({response['description']})"
    refused = [status for status, response in responses.items() if "$ref" in response]
    if refused:
        yield f"- {', '.join(refused)}: {_link('Error')}"


def _content(message: dict[str, Any]) -> Any:
    return message["content"]["application/json"]["schema"]


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if "description" in schema:
        yield f"{schema['description']}\n"
    if "enum" in schema:
        yield f"{_type(schema)}\n"
        return
    needed = schema.get("required", ())
    fields = schema["properties"].items()
    lines = [_field(key, value, value.get("description"), key in needed) for key, value in fields]
    yield "\n".join([*lines, ""])


def _field(
    name: str, schema: dict[str, Any], description: str | None, is_needed: bool = True
) -> str:
    default = (
        "" if is_needed or "default" not in schema else f" = `{json.dumps(schema['default'])}`"
    )
    told = "" if description is None else f": {description}"
    return f"- `{name}` {_type(schema)}{default}{told}"


def _type(schema: dict[str, Any]) -> str:
    """What a value can be, in a few words."""
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if schema.get("type") == "array" and "items" in schema:
        return f"list of ({_type(schema['items'])})"
    return f"{schema.get('type', 'any')}{_limits(schema)}"


def _limits(schema: dict[str, Any]) -> str:
    """Those that mean something: not the largest number that a database keeps."""
    names = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [
        f"{sign} {schema[name]}"
        for name, sign in names.items()
        if name in schema and schema[name] < 10**9
    ]
    return f" {', '.join(limits)}" if limits else ""


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _line(text: str) -> str:
    return " ".join(text.split())


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "command-line.md": commands,
    "pages.md": pages,
    "api.md": api,
}
"""Pages with a part that is written from the program, and what writes it."""


def up_to_date(name: str) -> str:
    """A page as it should be: the prose that is there, and what the program says today."""
    before, begin, rest = (HERE / name).read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"docs/{name} lacks {BEGIN.strip()!r} or, after it, {END.strip()!r}.")
    written = "\n".join(PAGES[name]())
    return f"{before}{BEGIN}\n{written}\n{END}{after}"


def main() -> int:
    """Write the pages, or say which of them are not what the program says."""
    for name in PAGES:
        page, text = HERE / name, up_to_date(name)
        if "--check" not in sys.argv[1:]:
            page.write_text(text, encoding="utf-8", newline="\n")
        elif page.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"docs/{name} is not what the program says; make docs mends it.\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
