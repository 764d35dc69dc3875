"""A file put beside the others is all that a plug-in needs: it is found, offered and used."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.plugins import Plugin, declared

ROOT = Path(__file__).parents[1]

FIRST = '''
"""The image of each cluster that is farthest from the centroid."""

import numpy as np

from labeler.learning.query.base import QueryStrategy
from labeler.records import Question

NAME = "outliers"
TITLE = "the image farthest from each centroid"
PHASE = "first"


class Outliers(QueryStrategy):
    def _choose(self, pool, n_questions, rng):
        last = np.argsort(pool.clusters.ranks, kind="stable")[::-1]
        _, places = np.unique(pool.clusters.labels[last], return_index=True)
        return tuple(Question(int(last[places[c]]), c) for c in range(n_questions))
'''

LATER = '''
"""Images in the order of the pool."""

import numpy as np

from labeler.learning.query.base import QueryStrategy
from labeler.records import Question

NAME = "in-order"
TITLE = "images in their order"
PHASE = "later"


class InOrder(QueryStrategy):
    def _choose(self, pool, n_questions, rng):
        return tuple(Question(int(i)) for i in np.flatnonzero(~pool.asked)[:n_questions])
'''

CLASSIFIER = '''
"""The class that is most frequent, whatever the image."""

import numpy as np
from sklearn.base import BaseEstimator

NAME = "majority"
TITLE = "the most frequent class"


class Majority(BaseEstimator):
    is_deterministic = True

    def __init__(self, random_state=0):
        self.random_state = random_state

    def fit(self, X, y, groups=None, progress=None, probabilities=None):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.class_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(X), self.class_)

    def predict_proba(self, X):
        return np.tile((self.classes_ == self.class_).astype(float), (len(X), 1))
'''

PROPAGATION = '''
"""The first answer, for every image."""

import numpy as np

from labeler.learning.propagation.base import Propagation, unlabeled, write_answers
from labeler.records import Source

NAME = "first-answer"
TITLE = "to every image"


class FirstAnswer(Propagation):
    def propagate(self, evidence, progress=None):
        label_set = unlabeled(len(evidence.X))
        label_set.labels[:] = evidence.answers[0].label
        label_set.sources[:] = Source.PROPAGATED
        write_answers(label_set, evidence.answers)
        return label_set
'''

FEATURES = '''
"""The mean of each row of pixels."""

import numpy as np
from sklearn.base import BaseEstimator

NAME = "rows"
TITLE = "means of rows"


class RowMeans(BaseEstimator):
    def __init__(self, n_components=200):
        self.n_components = n_components

    def fit(self, images, progress=None):
        return self

    def transform(self, images, progress=None):
        return images.mean(axis=2).astype(np.float32)
'''

FORMAT = '''
"""Class names alone, a line for each image; what is read has no row."""

from labeler.formats.base import File, Format, HeldOut, Images

NAME = "names-only"
PLACE = 2
PURPOSE = "For people: names alone."


def _files(rows, options):
    names = (record["class_name"] for part in rows.parts() for record in rows.records(part))
    yield File("names.txt", ["".join(f"{name}\\n" for name in names).encode()])


PLANTED = Format(
    name=NAME, title="Names", purpose=PURPOSE, loading="open('SET')", files=_files,
    loading_sides="open('SET')", suffix=".txt", side_file="names.txt", images=Images.NEVER,
    held_out=HeldOut.USUAL,
)
'''

READER = '''
"""Reads no row of any file."""

from labeler.formats.reading.base import LabelReader

NAME = "nothing"
SUFFIXES = (".nothing",)


def read_planted(file, source):
    return LabelReader(source, NAME).finish()
'''

PLANTED = {
    "../formats/planted.py": FORMAT,
    "../formats/reading/planted.py": READER,
    "propagation/planted.py": PROPAGATION,
    "features/planted.py": FEATURES,
    "query/planted_first.py": FIRST,
    "query/planted_later.py": LATER,
    "classifiers/planted.py": CLASSIFIER,
}
STRATEGY = "outliers+in-order"

LOOK = f"""
import json
from pathlib import Path
from urllib.parse import urlsplit

from click.testing import CliRunner

from labeler.cli import cli
from labeler.formats.reading import SUFFIXES
from labeler.web import WebSettings, create_app
from labeler.workflow.workspace import open_workspace


def run(*arguments):
    done = CliRunner().invoke(cli, arguments)
    return done.output if done.exit_code == 0 else repr(done)


app = create_app(open_workspace(Path("instance")), WebSettings(secret_key=b"k" * 32))
client = app.test_client()
address = urlsplit(app.config["LABELER"].access.new_address())
client.environ_base["HTTP_HOST"] = address.netloc
client.get(f"{{address.path}}?{{address.query}}")
simulated = run(
    "simulate", "digits", "--labels", "16", "--seeds", "1", "--strategy", "{STRATEGY}",
    "--classifier", "majority", "--propagation", "first-answer",
    "--features", "rows", "--no-supervised", "--json", "found.json",
    "--output", "report",
)
kept = run(
    "new", "digits", "--name", "kept", "--answerer", "oracle", "--labels", "16", "--json",
    "--strategy", "{STRATEGY}", "--classifier", "majority", "--propagation", "first-answer",
    "--features", "rows",
)
address = f"/runs/{{json.loads(kept)['id']}}"
print(json.dumps({{
    "propagated": json.loads(run("propagate", "kept", "--json")),
    "trained": json.loads(run("train", "kept", "--json")),
    "exported": run("export", "kept", "--output", "-"),
    "names": run("export", "kept", "--format", "names-only", "--output", "-").split(),
    "import help": run("import-labels", "--help"),
    "suffixes": SUFFIXES,
    "train page": client.get(f"{{address}}/train").text,
    "other way": client.get(f"{{address}}/train?propagation=cluster&fraction=0.5").text,
    "report page": client.get(f"{{address}}/report").text,
    "export page": client.get(f"{{address}}/export").text,
    "spread": client.get(f"/api/v1{{address}}/spread?threshold=0&propagation=first-answer").json,
    "help": " ".join(run("simulate", "--help").split()),
    "page": client.get("/runs/new").text,
    "api": client.get("/api/v1/openapi.json").json,
    "simulated": simulated,
    "found": json.loads(Path("found.json").read_text()),
    "report": " ".join(Path("report/report.html").read_text().split()),
}}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy of Labeler with the planted files shows and does."""
    copy = tmp_path_factory.mktemp("planted")
    for part in ("labeler", "static", "templates"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for place, text in PLANTED.items():
        (copy / "labeler/learning" / place).write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(copy), "LABELER_INSTANCE": "instance"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_planted_plugin_is_offered_by_the_command_line(seen: dict[str, Any]) -> None:
    assert STRATEGY in seen["help"].replace(" ", "")
    assert "outliers: the image farthest from each centroid" in seen["help"]
    assert "a small net beside it or to every image" in seen["help"]
    assert "pixels; rows; shape; lite0" in seen["help"]
    assert "a neural net or the most frequent class" in seen["help"]


def test_a_planted_plugin_is_offered_by_the_page(seen: dict[str, Any]) -> None:
    assert f'<option value="{STRATEGY}">' in seen["page"]
    assert "The image farthest from each centroid, then images in their order" in seen["page"]
    assert '<option value="rows">Means of rows</option>' in seen["page"]
    assert '<option value="majority">The most frequent class</option>' in seen["page"]


def test_a_planted_plugin_is_in_the_description_of_the_api(seen: dict[str, Any]) -> None:
    new_run = seen["api"]["components"]["schemas"]["NewRun"]["properties"]
    assert STRATEGY in new_run["strategy"]["anyOf"][0]["enum"]
    assert "majority" in new_run["classifier"]["enum"]
    assert "rows" in new_run["features"]["anyOf"][0]["enum"]
    assert "first-answer" in new_run["propagation"]["anyOf"][0]["enum"]


def test_what_was_planted_works_and_is_reported(seen: dict[str, Any]) -> None:
    asked = seen["found"]
    assert asked["config"]["strategy"] == STRATEGY
    assert [stage["stage"] for stage in asked["stages"]][:2] == ["random", "outliers"]
    assert (asked["stages"][-1]["stage"], asked["stages"][-1]["method"]) == (
        "propagated",
        "first-answer",
    )
    assert "by k-means on means of rows." in seen["report"]
    assert "its answers were spread to every image." in seen["report"]
    assert "named the image farthest from each centroid, then as many images in" in seen["report"]
    assert "The most frequent class was trained on each label set" in seen["report"]


def test_a_run_that_is_kept_spreads_in_a_planted_way(seen: dict[str, Any]) -> None:
    for told in (seen["propagated"], seen["spread"]):
        assert (told["method"], told["fraction"]) == ("first-answer", None)
        assert told["n_labeled"] == told["n_pool"]
    kept, simulated = (
        [stage["test_accuracy"] for stage in figures["stages"] if stage["method"] == "first-answer"]
        for figures in (seen["trained"], seen["found"])
    )
    assert kept == simulated != []
    assert seen["exported"].count(",propagated,") > 1400


def test_pages_show_a_planted_way_to_spread(seen: dict[str, Any]) -> None:
    assert "Each answer spreads to every image." in seen["train page"]
    ways = re.findall(r"<a [^>]*propagation=([a-z-]+)[^>]*aria-current", seen["train page"])
    assert ways == ["first-answer"]
    assert re.findall(r"propagation=([a-z-]+)[^>]*aria-current", seen["other way"]) == ["cluster"]
    assert "spread to every image" in seen["report page"]
    assert "To every image, to" in seen["export page"]


def test_a_planted_format_is_offered_and_written(seen: dict[str, Any]) -> None:
    assert len(seen["names"]) == 1797
    assert re.search(
        r'value="jsonl".*value="names-only".*value="parquet"', seen["export page"], re.S
    )
    asked = seen["api"]["paths"]["/api/v1/runs/{run_id}/export/count"]["get"]["parameters"]
    formats = next(one["schema"]["enum"] for one in asked if one["name"] == "format")
    assert formats[:3] == ["csv", "jsonl", "names-only"]


def test_a_planted_format_that_labels_are_read_from_is_offered(seen: dict[str, Any]) -> None:
    assert "label-studio|nothing" in seen["import help"]
    assert seen["suffixes"][".nothing"] == "nothing"
    assert seen["suffixes"][".zip"] == "zip"


def test_what_nobody_planted_is_refused() -> None:
    with pytest.raises(ConfigError, match="representatives, .*two-phase"):
        RunConfig(strategy="outliers")


@pytest.mark.parametrize(
    "text", ['\nNAME = "half"\n', '\nNAME = "half"\nTITLE = "no class"\nPHASE = "first"\n']
)
def test_a_file_that_declares_too_little_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "half.py").write_text(text)
    with pytest.raises(ValueError, match=r"half\.py.* sets NAME, TITLE, PHASE, .*public class"):
        declared("query", tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ('"outliers"', '"out liers"', "NAME has lower-case letters"),
        ('"outliers"', '"out+liers"', "NAME has lower-case letters"),
        ('"first"', '"frist"', "PHASE is one of first, later, comparison"),
    ],
)
def test_what_would_never_be_found_again_is_refused(
    tmp_path: Path, right: str, wrong: str, why: str
) -> None:
    (tmp_path / "planted.py").write_text(FIRST.replace(right, wrong))
    with pytest.raises(ValueError, match=rf"planted\.py: {why}"):
        declared("query", tmp_path)


def test_what_a_run_could_not_choose_is_refused(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(f'{PROPAGATION}\nCHOSEN_BY = "percent"\n')
    with pytest.raises(ValueError, match=r"planted\.py: CHOSEN_BY is one of fraction, threshold"):
        declared("propagation", tmp_path)


def test_a_name_cannot_be_taken_twice(tmp_path: Path) -> None:
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(FIRST)
    with pytest.raises(ValueError, match=r"two\.py.*two query plug-ins named 'outliers'"):
        declared("query", tmp_path)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "labeler.learning.classifiers.absent", None)
    plugin = Plugin("classifiers", "svm", "a machine", "no_such_package.svm", "Svm", {})
    with pytest.raises(ConfigError, match="svm needs the package no_such_package, which is not"):
        plugin.load()
