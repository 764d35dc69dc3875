"""The description of the API, made of its routes and of the types that they take and answer.

``make openapi`` writes it to ``openapi.json``, which is packed and served; with ``--check``, this
module only looks whether that file is what would be written.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

from labeler.web.api.audit_routes import api
from labeler.web.api.routing import Answer, Operation
from labeler.web.http.errors import Error

FILE = Path(__file__).with_name("openapi.json")
SCHEMAS = "#/components/schemas/{name}"
REFUSED = {"$ref": "#/components/responses/Error"}
PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "string": {"type": "string", "pattern": "^[a-z0-9]{1,16}$"},
    "int": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
}
ANY_FILE = "application/octet-stream"
_PLACEHOLDER = re.compile(r"<(?:(\w+):)?(\w+)>")
_ATTRIBUTE = re.compile(r"^(\w+(?:, \w+)*) : .*\n((?:    .*\n?)+)", re.MULTILINE)
ABOUT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Labeler",
        "version": "1",
        "description": "Name a few images, label them all. Log in with the address that Labeler "
        "prints at start; the cookie it sets is the key to all of this.",
    },
    "servers": [{"url": "/"}],
    "security": [{"cookie": []}],
}
COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "labeler-5175",
    "description": "Its name carries the port.",
}


def document() -> dict[str, Any]:
    """The OpenAPI document, as plain values."""
    shapes = dict.fromkeys(_shapes())
    schemas, components = msgspec.json.schema_components(shapes, ref_template=SCHEMAS)
    schema_of = dict(zip(shapes, schemas, strict=True))
    for schema in components.values():
        _describe(schema)
    paths: dict[str, Any] = {}
    for operation in api.operations:
        methods = paths.setdefault(_path(operation), {})
        methods[operation.method.lower()] = _operation(operation, schema_of)
        _leave_out(operation, components)
    refused = {"description": "Refused; the message says why", **_json(schema_of[Error])}
    return ABOUT | {
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {"Error": refused},
            "securitySchemes": {"cookie": COOKIE},
        },
    }


def document_text() -> str:
    """The document as it is kept: a line for each value, so that changes can be read."""
    return json.dumps(document(), indent=1) + "\n"


def main() -> int:
    """Write the document, or say whether the one that is kept is right."""
    text = document_text()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{FILE} is not what the routes say; make openapi writes it anew.\n")
    return 1


def _shapes() -> Iterator[Any]:
    yield Error
    for operation in api.operations:
        yield from (answer.shape for answer in operation.answers if answer.shape is not None)
        if "body" in operation.takes:
            yield operation.takes["body"]


def _path(operation: Operation) -> str:
    rule = _PLACEHOLDER.sub(r"{\2}", operation.rule)
    return f"{api.blueprint.url_prefix}{rule}"


def _operation(operation: Operation, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    summary, _, more = inspect.cleandoc(operation.view.__doc__ or "").partition("\n\n")
    described: dict[str, Any] = {"operationId": operation.id, "summary": _line(summary).rstrip(".")}
    if more:
        described["description"] = _line(more)
    if parameters := [*_path_parameters(operation), *_query_parameters(operation)]:
        described["parameters"] = parameters
    if "body" in operation.takes:
        schema = schema_of[operation.takes["body"]]
        described["requestBody"] = {"required": True, **_json(schema)}
    if operation.takes_file:
        described["requestBody"] = {"required": True, "content": {ANY_FILE: {}}}
    usual = {str(answer.status): _answer(answer, schema_of) for answer in operation.answers}
    if operation.is_open:
        described["security"] = []
    return described | {"responses": usual | {str(code): REFUSED for code in operation.all_errors}}


def _answer(answer: Answer, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    content = {} if answer.shape is None else _json(schema_of[answer.shape])
    return {"description": answer.description, **content}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _path_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for kind, name in _PLACEHOLDER.findall(operation.rule):
        schema = PATH_PARAMETERS[kind or "string"]
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    query = operation.takes.get("query", operation.unread)
    if query is None:
        return
    _, components = msgspec.json.schema_components([query], ref_template=SCHEMAS)
    (schema,) = components.values()
    _describe(schema)
    for name, field in schema["properties"].items():
        (wanted,) = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
        described = {"description": wanted.pop("description", field.get("description"))}
        described = {key: text for key, text in described.items() if text is not None}
        yield {"name": name, "in": "query", "required": False, **described, "schema": wanted}


def _describe(schema: dict[str, Any]) -> None:
    """Make of a whole docstring its first line, and of its attributes what is said of fields."""
    del schema["title"]
    docstring = inspect.cleandoc(schema.pop("description", "")).replace("None", "null")
    if "enum" in schema:
        schema["type"] = "string"
    if docstring:
        schema["description"] = _line(docstring.partition("\n\n")[0])
    for names, text in _ATTRIBUTE.findall(docstring):
        for name in names.split(", "):
            if name in schema["properties"]:
                schema["properties"][name]["description"] = _line(text)


def _line(text: str) -> str:
    return " ".join(text.split())


def _leave_out(operation: Operation, components: dict[str, Any]) -> None:
    """Require no field of a body that has a default by its route."""
    for member in get_args(operation.takes.get("body")):
        schema = components[member.__name__]
        for name, value in operation.default.items():
            if schema["properties"][name]["enum"] == [value] and name in schema["required"]:
                schema["required"].remove(name)  # once, whatever takes such a body


if __name__ == "__main__":
    sys.exit(main())
