"""Routes that say what they take and answer: read, served and described from one declaration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, get_type_hints

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from labeler.web.api.reading import read_body, read_query
from labeler.web.http.errors import json_response
from labeler.web.http.security import OPEN_ENDPOINTS

View = TypeVar("View", bound=Callable[..., Any])

ALWAYS = (401, 403)
"""What anybody can be answered who is not logged in, or comes from another site."""


class Answer(NamedTuple):
    """One way in which an operation is answered.

    Attributes
    ----------
    shape : type or None
        None: nothing is sent.
    """

    status: int
    description: str
    shape: type[Any] | None


@dataclass(frozen=True)
class Operation:
    """One route with one method.

    Attributes
    ----------
    rule : str
        As Flask has it.
    id : str
        By which clients know it.
    view : callable
        It is given ``body`` and ``query``, if it has parameters of these names, as what their
        annotations say. It returns what the first of ``answers`` sends, or that and another's
        status.
    answers : tuple of Answer
        The usual one first.
    errors : tuple of int
        Statuses beside those that follow from what is taken.
    default : dict
        Fields of the body that need not be sent.
    unread : type or None
        What the address may ask for, where the view reads that itself.
    takes_file : bool
        Whether the body is a file, which the view reads itself.
    """

    method: str
    rule: str
    id: str
    view: Callable[..., Any]
    answers: tuple[Answer, ...]
    errors: tuple[int, ...] = ()
    default: Mapping[str, Any] = field(default_factory=dict)
    unread: Any = None
    takes_file: bool = False

    @property
    def is_open(self) -> bool:
        """Whether anybody may ask, logged in or not."""
        return f"api.{self.id}" in OPEN_ENDPOINTS

    @cached_property
    def takes(self) -> dict[str, Any]:
        """Types by the names of the view's parameters."""
        return {name: kind for name, kind in get_type_hints(self.view).items() if name != "return"}

    @property
    def all_errors(self) -> list[int]:
        """Statuses of all of them."""
        statuses = {*(() if self.is_open else ALWAYS), *self.errors}
        statuses |= {404} if "<" in self.rule else set()
        statuses |= {400} if "query" in self.takes or self.unread is not None else set()
        statuses |= {400, 415} if "body" in self.takes else set()
        return sorted(statuses)

    def serve(self, **arguments: Any) -> ResponseReturnValue:
        """Answer a request; ``arguments`` is what the address has in its path."""
        if "body" in self.takes:
            arguments["body"] = read_body(self.takes["body"], self.default)
        if "query" in self.takes:
            arguments["query"] = read_query(self.takes["query"])
        answer = self.view(**arguments)
        shape, status = answer if isinstance(answer, tuple) else (answer, self.answers[0].status)
        if isinstance(shape, Response):
            return shape
        return ("", status) if shape is None else json_response(shape, status)


class Api:
    """A blueprint and the operations that it serves.

    Parameters
    ----------
    blueprint : Blueprint
    """

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.operations: list[Operation] = []

    def route(
        self, method: str, rule: str, id: str, *answers: Answer, **more: Any
    ) -> Callable[[View], View]:
        """Serve and describe a view: see ``Operation``, which ``more`` goes to."""

        def declare(view: View) -> View:
            operation = Operation(method, rule, id, view, answers, **more)
            self.operations.append(operation)
            self.blueprint.add_url_rule(rule, view.__name__, operation.serve, methods=[method])
            return view

        return declare
