"""Models that look with a network: its weights beside the file or within, never another's."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msgspec
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

import labeler
from labeler.datasets import load_dataset
from labeler.datasets.containers.archive import open_archive
from labeler.exceptions import ConfigError, InputError
from labeler.files import hash_file
from labeler.prediction.file import read_contents, read_model, write_model
from labeler.prediction.model import Model
from labeler.prediction.networks import config_for
from labeler.prediction.weights import FOLDER, laid_out
from labeler.workflow.models.naming import name_pictures
from tests.commands import run_apart, run_here
from tests.conftest import make_bars
from tests.learning.networks import onnx_models
from tests.prediction.conftest import make_model


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model that looks with a tiny network of this test's own, in a folder of its own."""
    pytest.importorskip("onnxruntime")
    net = onnx_models.write(tmp_path_factory.mktemp("net"), onnx_models.model())
    return make_model(f"onnx:{net}")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Pictures that no model has seen, as an array."""
    test = make_bars().test
    assert test is not None
    np.save(tmp_path / "new.npy", test.images)
    return tmp_path / "new.npy"


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large pictures of two sizes, of two classes; what tells these apart is lost in small ones."""
    folder, rng = tmp_path_factory.mktemp("photographs"), np.random.default_rng(3)
    for number in range(16):
        height, width = ((200, 320), (360, 300))[number % 4 // 2]
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8) // (1 + number % 2)
        pixels[: 8 * number] //= 2
        place = folder / "ab"[number % 2] / f"{number}.png"
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(place)
    return folder


def test_an_array_is_looked_at_as_the_file_that_holds_it(
    looking: Model, photographs: Path, tmp_path: Path
) -> None:
    features = f"pixels+onnx:{looking.places['net.onnx']}"
    model = make_model(features, of=load_dataset(str(photographs)), n_labels=6)
    write_model(model, tmp_path / "model.zip")
    network = looking.places["net.onnx"]
    loaded = labeler.load_model(tmp_path / "model.zip", [network])
    paths = sorted(photographs.rglob("*.png"))
    arrays = [np.asarray(Image.open(path)) for path in paths]
    of_files = loaded.table(paths).drop(columns="file_name")
    pd.testing.assert_frame_equal(loaded.table(arrays), of_files, rtol=1e-4)

    alike = [place for place, array in enumerate(arrays) if array.shape == arrays[0].shape]
    stacked = np.stack([arrays[place] for place in alike]) / 255
    same = of_files.loc[alike].reset_index(drop=True)
    pd.testing.assert_frame_equal(loaded.table(stacked), same, rtol=1e-4)
    said = loaded.predict_proba([arrays[place] for place in alike])
    np.testing.assert_allclose(loaded.model.predict_proba(stacked), said, rtol=1e-4)

    made_small = replace(loaded.model, like=replace(loaded.model.like, from_files=False))
    assert np.abs(made_small.predict(arrays).distances - of_files["distance"]).max() > 0.1
    assert not looking.like.from_files


def said_apart(file: Path, new: Path) -> list[dict[str, str]]:
    """What another process says of them."""
    table = new.with_suffix(".csv")
    done = run_apart("predict", file, new, "--output", table)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


def require_the_same(model: Model, said: list[dict[str, str]], new: Path) -> None:
    own = model.predict(np.load(new))
    assert [int(line["label"]) for line in said] == own.labels.tolist()
    for column, values in (("confidence", own.confidences), ("distance", own.distances)):
        found = [float(line[column]) for line in said]
        np.testing.assert_allclose(found, values, rtol=1e-5, atol=1e-6)


def test_weights_go_inside_where_that_is_asked_for(
    looking: Model, new: Path, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    write_model(looking, here / "beside.zip")
    for place in looking.places.values():
        shutil.copy(place, here)
    told = run_here("model", here / "beside.zip", "--with-weights", "--output", tmp_path / "in.zip")
    assert told.returncode == 0, told.stderr
    assert "Inside are net.onnx and net.json" in told.stderr
    shutil.rmtree(here)
    require_the_same(looking, said_apart(tmp_path / "in.zip", new), new)

    contents = read_contents(tmp_path / "in.zip")
    assert contents.features.inside == ("net.json", "net.onnx")
    assert list(contents.features.networks) == ["onnx:net.onnx"]
    with ZipFile(tmp_path / "in.zip") as archive:
        assert archive.read(f"{FOLDER}net.onnx") == looking.places["net.onnx"].read_bytes()
        assert str(looking.places["net.onnx"].parent).encode() not in archive.read("model.json")
    again = read_model(tmp_path / "in.zip")
    write_model(again, tmp_path / "again.zip", with_weights=True)
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "in.zip").read_bytes()
    write_model(again, tmp_path / "out.zip")
    assert read_contents(tmp_path / "out.zip").features.inside == ()


def test_else_the_file_is_named_that_is_to_lie_beside(
    looking: Model, new: Path, tmp_path: Path
) -> None:
    write_model(looking, tmp_path / "model.zip")
    refused = run_here("predict", tmp_path / "model.zip", new)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    digest = looking.recipe.files["net.onnx"]
    assert (
        f"net.onnx: no such file; expected the network that the model looks with, SHA-256 {digest}"
        in refused.stderr
    )
    network = looking.places["net.onnx"]
    table = tmp_path / "said.jsonl"
    asked = ("--output", table, "--network", network)
    done = run_here("predict", tmp_path / "model.zip", new, *asked)
    assert done.returncode == 0, done.stderr
    require_the_same(looking, list(map(json.loads, table.read_text().splitlines())), new)
    picture = BytesIO()
    Image.fromarray(np.load(new)[0]).save(picture, "PNG")
    sent = [FileStorage(BytesIO(picture.getvalue()), "new.png")]
    (row,) = name_pictures(tmp_path / "model.zip", sent, tmp_path / "sent", [network])["rows"]
    assert row["class_name"] == looking.classes[looking.predict(np.load(new)[:1]).labels[0]]


def changed(path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """A copy of an archive, each entry changed or left out."""
    with ZipFile(path) as old, ZipFile(path.with_name("changed.zip"), "w") as made:
        for name in old.namelist():
            if (entry := change(name, old.read(name))) is not None:
                made.writestr(*entry)
    return path.with_name("changed.zip")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda name, data: (name, data + b"\0" if FOLDER in name else data), "hash differs"),
        (lambda name, data: None if FOLDER in name else (name, data), "is missing"),
        (lambda name, data: (name, data.replace(b'"net.json"', b'".."')), "name"),
        (lambda name, data: (name, data.replace(b'"inside": [', b'"inside": ["x",')), "no hash"),
    ],
)
def test_what_is_inside_is_what_is_told_of(
    change: Callable[[str, bytes], tuple[str, bytes] | None],
    what: str,
    looking: Model,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_model(looking, tmp_path / "model.zip", with_weights=True)
    monkeypatch.setattr("labeler.prediction.weights._folder_for", lambda _: tmp_path / "laid")
    (tmp_path / "laid").mkdir()
    with pytest.raises(InputError, match=what) as refused:
        read_model(changed(tmp_path / "model.zip", change))
    assert "\n" not in str(refused.value)
    assert not list((tmp_path / "laid").iterdir())


def test_only_what_is_there_goes_inside(model: Model, looking: Model, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no weights to put into the model: it has no network"):
        write_model(model, tmp_path / "model.zip", with_weights=True)
    (copied := tmp_path / "net.onnx").write_bytes(b"another network")
    looking.places["net.onnx"], own = copied, looking.places["net.onnx"]  # type: ignore[index]
    with pytest.raises(ConfigError, match=r"net.onnx is not the file any more"):
        write_model(looking, tmp_path / "model.zip", with_weights=True)
    looking.places["net.onnx"] = own  # type: ignore[index]
    assert not (tmp_path / "model.zip").exists()


def test_weights_of_keras_are_laid_out_where_keras_is_to_read_them(
    model: Model, tmp_path: Path
) -> None:
    weights = tmp_path / "mobile.weights.h5"
    weights.write_bytes(b"numbers")
    recipe = msgspec.structs.replace(
        model.recipe,
        parts=("keras:MobileNetV2",),
        files={weights.name: hash_file(weights)},
        weights=weights.name,
    )
    looking = replace(model, recipe=recipe, places={weights.name: weights})
    write_model(looking, tmp_path / "model.zip", with_weights=True)
    weights.unlink()
    features = read_contents(tmp_path / "model.zip").features
    with open_archive(tmp_path / "model.zip") as files:
        folder = laid_out(files, "model.zip", features)
    assert folder is not None
    config = config_for(features, [folder])
    assert (config.features, Path(str(config.weights)).parent) == ("keras:MobileNetV2", folder)
    assert Path(str(config.weights)).read_bytes() == b"numbers"
