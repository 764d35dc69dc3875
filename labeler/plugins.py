"""What can be plugged in: query strategies, propagation, classifiers and features, a file each.

A file in one of these packages of ``labeler/learning/`` that sets ``NAME`` is a plug-in::

    query/         which images to ask about
    propagation/   how a few answers become many labels
    classifiers/   what is trained on them
    features/      how images become vectors

It says in plain constants what a command line, a page or a report has to know of it, and has one
public class. The constants are read without running the file, so that nobody waits for numpy or
scikit-learn who only wants to know what there is to choose from; ``load`` imports the class when
it is to work. No other file names it.
"""

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from labeler.exceptions import ConfigError

FIRST, LATER, COMPARISON = "first", "later", "comparison"
"""When a query strategy asks: one question for each cluster; by the labels spread so far, in
rounds; or never in a run, which is only compared with it."""

FRACTION, THRESHOLD = "fraction", "threshold"
"""What a run chooses of a propagation: how large a part of each cluster is labeled, or how sure a
label has to be."""

_LEARNING = Path(__file__).parent / "learning"
_FORMATS = Path(__file__).parent / "formats"
_DECLARED = {"query": ("NAME", "TITLE", "PHASE")}
_NAME = re.compile(r"[a-z][a-z0-9-]*")
"""No space or plus sign: rounds are numbered after one, and strategies are joined by the other."""


@dataclass(frozen=True)
class Plugin:
    """What one file says of itself.

    Attributes
    ----------
    kind : str
        The package it lies in, such as ``query``.
    name : str
        What it is chosen by.
    title : str
        What it is to people, within a sentence.
    module : str
    estimator : str
        The class in it.
    constants : mapping of str to object
        All of its constants in capitals whose values are plain, by name.
    """

    kind: str
    name: str
    title: str
    module: str
    estimator: str
    constants: Mapping[str, Any]

    @property
    def heading(self) -> str:
        """The title by itself."""
        heading: str = self.constants.get("HEADING", self.title[0].upper() + self.title[1:])
        return heading

    @property
    def short(self) -> str:
        """The title where there is little room."""
        short: str = self.constants.get("SHORT", self.title)
        return short

    @property
    def explanation(self) -> str:
        """A sentence on how a propagation spreads answers."""
        explanation: str = self.constants.get("EXPLANATION", f"Each answer spreads {self.title}.")
        return explanation

    @property
    def confidence(self) -> str:
        """When a label that it spreads has less confidence than an answer."""
        confidence: str = self.constants.get("CONFIDENCE", "less the less sure it is")
        return confidence

    @property
    def takes_fraction(self) -> bool:
        """Whether a propagation labels a part of each cluster, and not what is sure enough."""
        return bool(self.constants.get("CHOSEN_BY", THRESHOLD) == FRACTION)

    @property
    def phase(self) -> str:
        """When a query strategy asks: ``first``, ``later`` or ``comparison``."""
        return str(self.constants["PHASE"])

    @property
    def needs_graph(self) -> bool:
        """Whether it looks at nearest neighbours."""
        return bool(self.constants.get("NEEDS_GRAPH", False))

    @property
    def needs_images(self) -> bool:
        """Whether it looks at the images themselves."""
        return bool(self.constants.get("NEEDS_IMAGES", False))

    @property
    def takes(self) -> str:
        """How long a propagation takes, in words."""
        takes: str = self.constants.get("TAKES", "a few seconds")
        return takes

    @property
    def beside(self) -> str:
        """What a classifier of labels that it spread is combined with."""
        beside: str = self.constants.get("BESIDE", "neighbours")
        return beside

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of settings of a run that a propagation takes as parameters."""
        settings: tuple[str, ...] = self.constants.get("SETTINGS", ())
        return settings

    def load(self) -> Any:
        """The class, imported now.

        Raises
        ------
        ConfigError
            It needs a package that is not installed.
        """
        try:
            return getattr(import_module(self.module), self.estimator)
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"{self.name} needs the package {error.name}, which is not installed. "
                f"Install it with: pip install {error.name}"
            ) from error


def declared(kind: str, folder: Path | None = None) -> dict[str, Plugin]:
    """The plug-ins of one kind, by name, in the order of their files.

    Parameters
    ----------
    kind : str
    folder : Path, optional
        Where their files lie, unless in the package of that name.

    Raises
    ------
    ValueError
        A file declares less than it has to, or a name is taken.
    """
    plugins: dict[str, Plugin] = {}
    for path in sorted((folder or _LEARNING / kind).glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "\nNAME = " in text:
            plugin = _plugin(kind, path, ast.parse(text))
            if plugin.name in plugins:
                raise ValueError(f"{path}: there are two {kind} plug-ins named {plugin.name!r}")
            plugins[plugin.name] = plugin
    return plugins


def _plugin(kind: str, path: Path, tree: ast.Module) -> Plugin:
    constants = dict(_constants(tree))
    wanted = _DECLARED.get(kind, ("NAME", "TITLE"))
    missing = [name for name in wanted if not isinstance(constants.get(name), str)]
    classes = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    if missing or len(classes) != 1:
        raise ValueError(f"{path}: a plug-in sets {', '.join(wanted)}, and has one public class")
    if not _NAME.fullmatch(constants["NAME"]):
        raise ValueError(f"{path}: NAME has lower-case letters, digits and hyphens only")
    if kind == "query" and constants["PHASE"] not in (FIRST, LATER, COMPARISON):
        raise ValueError(f"{path}: PHASE is one of {FIRST}, {LATER}, {COMPARISON}")
    if kind == "propagation" and constants.get("CHOSEN_BY", THRESHOLD) not in (FRACTION, THRESHOLD):
        raise ValueError(f"{path}: CHOSEN_BY is one of {FRACTION}, {THRESHOLD}")
    module = f"labeler.learning.{kind}.{path.stem}"
    return Plugin(kind, constants["NAME"], constants["TITLE"], module, classes[0], constants)


def _constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            try:
                value = ast.literal_eval(node.value)
            except ValueError:
                continue
            if name.isupper():
                yield name, value


class FormatFile(NamedTuple):
    """What the file of a format says of itself: where it stands among them, and what it is for."""

    place: float
    name: str
    stem: str
    purpose: str

    @property
    def use(self) -> str:
        """The purpose in a few words, such as ``a spreadsheet or pandas``."""
        return self.purpose.removeprefix("For ").partition(":")[0].rstrip(".")


@cache
def written_formats() -> dict[str, FormatFile]:
    """Formats of an export, by name: the files of ``labeler/formats/`` that set ``NAME``."""
    return _format_files(_FORMATS)


@cache
def read_formats() -> dict[str, FormatFile]:
    """Formats that labels are read from, by name, as those of ``written_formats``."""
    return _format_files(_FORMATS / "reading")


def _format_files(folder: Path) -> dict[str, FormatFile]:
    """The files that set ``NAME``, in the order of their ``PLACE``; others last."""
    files = []
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "\nNAME = " in text:
            said = dict(_constants(ast.parse(text)))
            place, purpose = said.get("PLACE", math.inf), said.get("PURPOSE", "")
            files.append(FormatFile(place, said["NAME"], path.stem, purpose))
    return {file.name: file for file in sorted(files)}


QUERIES = declared("query")
PROPAGATIONS = declared("propagation")
CLASSIFIERS = declared("classifiers")
FEATURES = declared("features")


@dataclass(frozen=True)
class Plan:
    """Which query strategy asks first, and which later.

    Attributes
    ----------
    first : str
        Asks about one image for each cluster.
    later : str or None
        Asks the second half, by the labels spread so far; None: there is none.
    """

    first: str
    later: str | None = None

    @property
    def heading(self) -> str:
        """What it asks about, by itself."""
        first = QUERIES[self.first].heading
        return first if self.later is None else f"{first}, then {QUERIES[self.later].title}"


def of_phase(phase: str) -> dict[str, Plugin]:
    """The query strategies that ask in one phase, by name."""
    return {name: plugin for name, plugin in QUERIES.items() if plugin.phase == phase}


def _plans() -> dict[str, Plan]:
    """Every strategy that asks first, alone, then each with every one that asks later."""
    alone = {first: Plan(first) for first in of_phase(FIRST)}
    pairs = [Plan(first, later) for first in alone for later in of_phase(LATER)]
    return alone | {_SHORT.get(plan, f"{plan.first}+{plan.later}"): plan for plan in pairs}


_SHORT = {Plan("representatives", "uncertain"): "two-phase"}
"""Names from before strategies could be combined."""

PLANS = _plans()
"""What a run's ``strategy`` can be, by name."""


def choices() -> dict[str, list[str]]:
    """What can be chosen of each, by name: strategies, features, formats of an export and so on."""
    return {
        "strategies": list(PLANS),
        "propagations": list(PROPAGATIONS),
        "classifiers": list(CLASSIFIERS),
        "features": list(FEATURES),
        "formats": list(written_formats()),
    }
