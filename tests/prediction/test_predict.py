"""``labeler predict`` and ``labeler.load_model``: whatever Labeler reads, named by a file."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labeler
from labeler.exceptions import ConfigError, InputError
from labeler.prediction.model import Model
from labeler.prediction.reading import read_pictures
from labeler.prediction.table import COLUMNS, formats_that_fit, predict_pictures, write_predictions
from tests.commands import run_here
from tests.conftest import make_bars


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of the test part as files, in folders of their classes; one is larger, in colour."""
    test = make_bars().test
    assert test is not None
    for place in range(0, len(test), 8):
        where = tmp_path / "new" / "abcd"[test.labels[place]]
        where.mkdir(parents=True, exist_ok=True)
        Image.fromarray(test.images[place]).save(where / f"{place:02}.png")
    image = Image.fromarray(test.images[0]).convert("RGB").resize((200, 200))
    image.save(tmp_path / "new" / "a" / "=large.png")
    return tmp_path / "new"


def test_a_folder_is_named(model_file: Path, folder: Path, tmp_path: Path) -> None:
    out, figures = tmp_path / "p.csv", tmp_path / "p.json"
    done = run_here("predict", model_file, folder, "--output", out, "--json", figures)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    told = json.loads(figures.read_text())
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == told["n"] == told["n_known"] == 11
    right = [row["class_name"] == row["file_name"].lstrip("'")[0] for row in rows]
    assert told["accuracy"] == np.mean(right) > 0.8
    assert told["share_unfamiliar"] == np.mean([row["unfamiliar"] == "True" for row in rows])
    assert not told["calibrated"]


def test_rows_go_to_standard_output_alone(model_file: Path, folder: Path, tmp_path: Path) -> None:
    done = run_here(
        "predict", model_file, folder, "--output", "-", "--json", tmp_path / "told.json"
    )
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert len(rows) == json.loads((tmp_path / "told.json").read_text())["n"] == 11
    done = run_here("predict", model_file, folder / "a" / "=large.png", "--output", "-")
    (row,) = csv.DictReader(done.stdout.splitlines())
    assert row["file_name"] == "'=large.png"
    assert tuple(rows[0]) == COLUMNS


def test_unreadable_pictures_are_warned_of_and_the_others_named(
    model_file: Path, tmp_path: Path
) -> None:
    test = make_bars().test
    assert test is not None
    Image.fromarray(test.images[0]).save(tmp_path / "c.png")
    for name in "abd":
        (tmp_path / f"{name}.png").write_text("no picture")
    done = run_here("predict", model_file, tmp_path, "--output", "-")
    assert done.returncode == 0
    assert [row["file_name"] for row in csv.DictReader(done.stdout.splitlines())] == ["c.png"]
    assert done.stderr.count("warning: ") == 3
    refused = run_here("predict", model_file, tmp_path, "--strict")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    model, paths = labeler.load_model(model_file), sorted(tmp_path.iterdir())
    with pytest.warns(UserWarning, match="content is text"):
        table = model.table(paths)
    with pytest.warns(UserWarning, match="content is text"):
        named = model.predict(paths)
    with pytest.warns(UserWarning, match="content is text"):
        said = model.predict_proba(paths)
    assert np.isnan(said).any(axis=1).tolist() == [True, True, False, True]
    assert list(named) == [None, None, model.predict(paths[2])[0], None]
    assert list(table["label"]) == [-1, -1, int(model.predictions(paths[2]).labels[0]), -1]
    assert list(table["file_name"]) == list(map(str, paths))
    (tmp_path / "c.png").unlink()
    assert run_here("predict", model_file, tmp_path).returncode == 2
    with pytest.raises(InputError):
        model.predict([*paths[:2], paths[3]])


def test_noise_is_told_to_be_unlike(model_file: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 9, 9), dtype=np.uint8)
    np.save(tmp_path / "noise.npy", noise)
    done = run_here("predict", model_file, tmp_path / "noise.npy", "--json", "-")
    told = json.loads(done.stdout)
    assert told["share_unfamiliar"] > 0.9
    assert told["note"].startswith("These images are unlike those that the model learned from")
    assert "accuracy" not in told


@pytest.mark.parametrize("name", ["nowhere.zip", "no/where", "nowhere.onnx"])
def test_a_model_that_is_not_there_is_looked_for_among_files_alone(
    name: str, folder: Path, tmp_path: Path
) -> None:
    done = run_here("predict", name, folder, LABELER_INSTANCE=str(tmp_path / "instance"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "labeler model RUN --output MODEL.zip" in done.stderr
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize(
    ("wrong", "status_line"),
    [
        (("--part", "test"), "no images in its part 'test'"),
        (("--format", "csv"), "give a file, too"),
        (("--output", "out.zip"), "csv is a file by itself"),
        (("--output", "-", "--format", "npz"), "Only csv and jsonl go to standard output"),
        (("--output", "-", "--json", "-"), "would mix"),
    ],
)
def test_wrong_use_is_one_line(
    wrong: tuple[str, ...], status_line: str, model_file: Path, folder: Path
) -> None:
    done = run_here("predict", model_file, folder, *wrong)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert status_line in done.stderr


def test_every_format_that_fits_takes_predictions(
    model: Model, folder: Path, tmp_path: Path
) -> None:
    pictures = read_pictures(str(folder), model)
    predictions = predict_pictures(model, pictures)
    for name, format in formats_that_fit().items():
        if not format.is_available:
            continue
        path = tmp_path / f"{name}{format.suffix or ''}"
        write_predictions(path, name, model, pictures, predictions)
        assert path.exists(), name
    written = (tmp_path / "label-studio" / "tasks.json").read_text(encoding="utf-8")
    assert all("predictions" in task and "annotations" not in task for task in json.loads(written))
    with pytest.raises(ConfigError, match="another format"):
        write_predictions(tmp_path / "c", "cleanlab", model, pictures, predictions)


def test_three_lines_of_python(model_file: Path, folder: Path) -> None:
    model, test = labeler.load_model(model_file), make_bars().test
    assert test is not None
    assert list(model.classes_) == ["a", "b", "c", "d"]
    named = model.predict(test.images)
    assert (named == model.classes_[model.predict_proba(test.images).argmax(axis=1)]).all()
    assert len(model.predict(folder)) == 11
    paths = sorted(folder.rglob("*.png"), reverse=True)
    assert list(model.predict(paths)) == [model.predict(path)[0] for path in paths]
    assert list(model.predict([test.images[0], test.images[1]])) == list(named[:2])
    assert len(model.predict([])) == 0
    table = model.table(test.images)
    assert list(table["class_name"]) == list(named)
    assert "file_name" not in table
    assert list(model.table(paths)["file_name"]) == list(map(str, paths))
    table = model.table(folder).set_index("file_name")
    assert set(table.index) == {path.relative_to(folder).as_posix() for path in paths}
    assert list(
        table.loc[[path.relative_to(folder).as_posix() for path in paths], "label"]
    ) == list(model.predictions(paths).labels)
    assert "4 classes" in repr(model)


def test_pictures_that_were_learned_from_are_told(model_file: Path, tmp_path: Path) -> None:
    bars = make_bars()
    assert bars.test is not None
    np.savez(
        tmp_path / "bars.npz",
        x_train=bars.train.images,
        y_train=bars.train.labels,
        x_test=bars.test.images,
        y_test=bars.test.labels,
    )
    own, figures = run_here("predict", model_file, tmp_path / "bars.npz"), tmp_path / "said.json"
    assert "These are pictures that the model learned from (5 of the 5 that its" in own.stdout
    new = ("predict", model_file, tmp_path / "bars.npz", "--part", "test")
    assert "learned from (" not in run_here(*new).stdout
    np.save(tmp_path / "some.npy", np.concatenate([bars.test.images, bars.train.images[:100]]))
    run_here("predict", model_file, tmp_path / "some.npy", "--json", figures)
    assert json.loads(figures.read_text())["seen"].startswith("Some of these are pictures")
