"""The tutorial, walked from its first command to its last, as somebody would who only reads it."""

import csv
import hashlib
import json
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from labeler.learning.networks import lite0
from tests.berries import take
from tests.commands import run_here
from tests.web.served import PATIENCE, log_in, serving

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
STEP = re.compile(
    r"^```sh\n(?P<run>.*?)^```|^<!-- here: (?P<here>.*?) -->", re.DOTALL | re.MULTILINE
)
SAID = re.compile(r"\s*```text\n(.*?)^```", re.DOTALL | re.MULTILINE)
PHOTOGRAPHS = re.compile(r"(\d+) photographs in ([\w-]+)")
N_ENOUGH = 0.9
"""Share of the labels that are right when such berries were named rightly."""


class Reader:
    """Somebody in an empty folder, with a terminal and a browser."""

    def __init__(self, folder: Path, until: ExitStack) -> None:
        self.folder, self.until = folder, until
        self.kinds: dict[str, str] = {}
        self.said = ""
        self.port = 0
        self.cookie = ""

    def type_in(self, line: str) -> None:
        command = shlex.split(line)
        if command == ["labeler", "serve"]:
            self.port = self.until.enter_context(serving(self.folder)).port
            self.cookie = log_in(self.port)
        elif command[0] == "labeler":
            done = run_here(*command[1:], LABELER_INSTANCE=str(self.folder / "instance"))
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            self.said = done.stdout + done.stderr
        else:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def photograph(self, n: int, folder: str) -> None:
        """Copy photographs to a folder; what is on each is known by its content alone."""
        taken = take(Path(folder), n, seed=len(self.kinds))
        for name, kind in taken.items():
            self.kinds[hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()] = kind

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        headers = {"Cookie": self.cookie, "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            content = reply.read()
        assert reply.status < 300, (method, path, content)
        return content

    def name_all(self, part: str = "") -> None:
        """Look at each picture that is asked about, and say what is on it, until none is left."""
        run = json.loads(
            run_here("runs", "--json", LABELER_INSTANCE=str(self.folder / "instance")).stdout
        )
        address = f"/api/v1/runs/{run[0]['id']}{part}"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            asked = json.loads(self.ask("GET", f"{address}/questions"))
            class_of = {one["name"]: one["id"] for one in asked["classes"]}
            left = [one for one in asked["questions"] if one["verdict"] is None]
            for one in left:
                self.answer(address, one, class_of)
            if not left and asked["progress"]["n_total"] <= len(asked["questions"]):
                return
            time.sleep(0.1)
        raise AssertionError("the next questions did not come")

    def answer(self, address: str, question: dict[str, Any], class_of: dict[str, int]) -> None:
        picture = self.ask("GET", question["original"]["url"])
        kind = self.kinds[hashlib.sha256(picture).hexdigest()]
        given = {"question_id": question["id"], "verdict": "class", "class_id": class_of[kind]}
        name = f"{question['id']}{address[-1]}"
        self.ask("POST", f"{address}/operations", {"op_id": name, "answers": [given]})


HERE: dict[str, Callable[[Reader], None]] = {
    "name the questions": Reader.name_all,
    "name what the audit asks": lambda reader: reader.name_all("/audits/1"),
}
"""What the page has somebody do in the browser, as its comments name it."""


def without_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def walk(reader: Reader) -> Iterator[str]:
    """Every command, and what is done between them; gives the commands."""
    text = PAGE.read_text(encoding="utf-8")
    for step in STEP.finditer(text):
        if step["run"]:
            for line in step["run"].splitlines():
                reader.type_in(line)
                yield line
            if told := SAID.match(text, step.end()):
                for line in told[1].splitlines():
                    assert without_numbers(line) in without_numbers(reader.said)
        elif step["here"] in HERE:
            HERE[step["here"]](reader)
        else:
            for n, folder in PHOTOGRAPHS.findall(step["here"]):
                reader.photograph(int(n), folder)


def test_somebody_who_types_what_the_tutorial_says_has_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lite0, "find_spec", lambda name: None)  # these berries need no network
    with ExitStack() as until:
        reader = Reader(tmp_path, until)
        typed = list(walk(reader))
    assert typed[0] == "labeler --version"
    assert {"labeler audit berries", "labeler serve"} < set(typed)

    def right(file: str, folder: str) -> list[bool]:
        with Path(file).open(encoding="utf-8", newline="") as rows:
            return [
                reader.kinds[
                    hashlib.sha256(Path(folder, row["file_name"]).read_bytes()).hexdigest()
                ]
                == row["class_name"]
                for row in csv.DictReader(rows)
            ]

    for file, folder, n in (("labels.csv", "berries", 120), ("new.csv", "new-berries", 10)):
        found = right(file, folder)
        assert len(found) == n
        assert sum(found) >= N_ENOUGH * n, file
    certificate = json.loads(Path("certificate.json").read_text(encoding="utf-8"))
    assert certificate["n"] == 50
    manifest = json.loads(Path("berries-labeled/manifest.json").read_text(encoding="utf-8"))
    assert certificate["label_set"] in json.dumps(manifest)
