"""Every step of a run in Python, without the command line: the figures of a simulation."""

from pathlib import Path

import numpy as np
import pytest

import labeler
from labeler import OpenRun, create_run
from labeler.config import preset
from labeler.datasets.known.digits import load_digits
from labeler.exceptions import ConfigError
from labeler.notebook.snapshot import Snapshot
from labeler.pipeline import simulate
from tests.datasets.conftest import Built, Written, make_folder, png  # noqa: F401 - fixtures

N_LABELS = 40


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "instance"


@pytest.fixture
def run(instance: Path) -> OpenRun:
    return create_run("digits", "mine", n_labels=N_LABELS, features="pixels", instance=instance)


def answered(run: OpenRun) -> OpenRun:
    while len(run.questions):
        run = run.answer(run.questions, run.true_labels[run.questions])
    return run


def test_who_answers_in_python_has_the_labels_of_a_simulation(run: OpenRun) -> None:
    first = run
    assert len(run.questions) == N_LABELS // 2
    trained = answered(run).train(comparisons=False)
    config = preset("best").with_(features="pixels")
    options = {"n_seeds": 1, "supervised": False, "comparisons": False}
    told = simulate(load_digits(), config, budgets=(N_LABELS,), **options)  # type: ignore[arg-type]
    given = [trained.indices.tolist().index(answer.index) for answer in trained.answers]
    assert given == [answer.question.image for answer in told.sample.answers]
    np.testing.assert_array_equal(trained.labels, told.sample.label_set.labels)
    assert trained.probabilities is not None
    np.testing.assert_allclose(trained.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert trained.result is not None
    accuracies = {stage.stage: stage.test_accuracy.mean for stage in trained.result.stages}
    assert accuracies == {stage.stage: stage.test_accuracy.mean for stage in told.stages}
    assert trained.test_features is not None
    assert trained.test_features.shape[1] == trained.features.shape[1]
    assert trained.test_images is not None
    named = trained.model.predict(trained.test_images)
    truth = np.array(trained.classes)[trained.test_labels]
    assert (named == truth).mean() == accuracies["chosen"]
    assert len(first.answers) == 0  # what was opened before stays as it was


def test_answers_are_spread_judged_and_written(run: OpenRun, tmp_path: Path) -> None:
    run = answered(run).propagate(threshold=0.9)
    assert 0 < (run.labels == -1).mean() < 0.5
    calls: list[np.ndarray] = []

    def oracle(rows: np.ndarray) -> list[str]:
        calls.append(rows)
        return [run.classes[label] for label in run.true_labels[rows]]

    certificate = run.audit(oracle, n_answers=60)
    spread = (run.sources == "propagated") & (run.labels != -1)
    right = (run.labels == run.true_labels)[spread].mean()
    assert certificate.n == 60
    assert certificate.low <= right <= certificate.high
    assert set(calls[1]) <= set(calls[0])  # those that come twice are asked about again
    assert spread[calls[0]].all()
    by_truth = run.audit(n_answers=70, new=True)
    assert by_truth.n == 70
    written = run.export(tmp_path / "labels.csv", validation=0.2)
    assert written.n_unlabeled == (run.labels == -1).sum()
    assert (tmp_path / "labels.csv").stat().st_size > 10_000


def test_what_is_no_answer_is_refused_and_nothing_recorded(run: OpenRun) -> None:
    asked, others = run.questions[:2], np.setdiff1d(np.arange(len(run)), run.questions)
    for rows, labels, told in (
        (asked, ["0"], "2 rows, but 1 labels"),
        (others[:1], ["0"], "is not asked about"),
        (asked, ["0", "ten"], "'ten' is no class"),
        (asked, [0, 10], "10 is no class"),
    ):
        with pytest.raises(ConfigError, match=told):
            run.answer(rows, labels)
    assert not labeler.open_run("mine", run.instance).answers
    with pytest.raises(ConfigError, match="No image is named"):
        run.train()


def test_own_files_are_found_again_and_classes_added(
    instance: Path,
    make_folder: Written,  # noqa: F811
    png: Built,  # noqa: F811
) -> None:
    folder = make_folder(
        {f"{name}.png": png(colour=20 * place) for place, name in enumerate("abcdefghijkl")}
    )
    run = create_run(folder, classes=["cat"], n_labels=10, preset="classic", instance=instance)
    assert run.paths == tuple(str(folder / f"{name}.png") for name in "abcdefghijkl")
    run = run.add_classes("dog").answer(run.questions[:4], ["cat", "dog", None, "mixed"], "ada")
    assert run.classes == ("cat", "dog")
    assert [answer.verdict for answer in run.answers] == ["class", "class", "skip", "mixed"]
    assert {answer.annotator for answer in run.answers} == {"ada"}
    assert len(run.questions) == 6


def test_every_field_of_an_open_run_is_explained() -> None:
    doc = Snapshot.__doc__ or ""
    assert all(name in doc for name in Snapshot.__dataclass_fields__)
