"""Which image of a run each row of a file is about."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError, InputError
from labeler.storage.rows import RunRow
from labeler.workflow.exchange.importing import ImportOptions, import_labels, plan_import
from labeler.workflow.run import open_run
from labeler.workflow.runs import get_run
from labeler.workflow.workspace import Workspace
from tests.workflow.label_rows import answer, asked, labels_of, said

NewPrepared = Callable[..., RunRow]


@pytest.fixture
def run(prepared: NewPrepared, bars: Dataset) -> RunRow:
    return prepared(bars)


def test_images_are_found_by_name_by_the_end_of_a_path_or_by_number(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    names = (*(f"img{number % 2}/{number // 2}.png" for number in range(199)), "img0/only.png")
    dataset = replace(bars, train=replace(bars.train, names=names))
    run = prepared(dataset)
    rows = (
        {"file_name": "img0/3.png", "class_name": "a", "source": "human"},
        {"file_name": "/data/pets/img1/3.png", "class_name": "b", "source": "human"},
        {"file_name": "C:\\pets\\img0\\9.png", "class_name": "c", "source": "human"},
        {"index": 9, "class_name": "d", "source": "human"},
        {"file_name": "3.png", "class_name": "a", "source": "human"},
        {"file_name": "img2/3.png", "class_name": "a", "source": "human"},
        {"index": 5, "file_name": "4.png", "class_name": "a", "source": "human"},
        {"file_name": "1a2b3c4d-only.png", "class_name": "b", "source": "human"},
        {"file_name": "1a2b3c4d-4.png", "class_name": "b", "source": "human"},
    )
    plan = plan_import(open_run(ws, run.id), labels_of(*rows))
    found = {one.image: one.class_name for one in plan.answers}
    assert found == {6: "a", 7: "b", 18: "c", 9: "d", 199: "b"}
    assert [one.row for one in plan.misfits] == [6, 7, 8, 10]
    assert plan.misfits[0].image == "3.png", "two images end so, and none was told"


def test_images_outside_of_the_pool_are_listed(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset
) -> None:
    run = prepared(bars_without_test)
    held_out = int(ws.array(run.artefacts["test"])[0])
    plan = plan_import(open_run(ws, run.id), labels_of(answer(held_out, "a"), answer(5000, "a")))
    assert [(one.image, one.why) for one in plan.misfits] == [
        (f"image {held_out}", "held out to test on"),
        ("image 5000", "not an image of the run"),
    ]
    assert import_labels(ws, run.id, labels_of(answer(5000, "a"))).import_id is None


def test_one_image_twice_is_refused_with_both_rows(ws: Workspace, run: RunRow) -> None:
    labels = labels_of(answer(1, "a"), answer(7, "b"), answer(1, "b"))
    with pytest.raises(InputError, match=r"image 1 is there twice \(rows 2, 4\).*LABEL-3"):
        plan_import(open_run(ws, run.id), labels)
    with pytest.raises(InputError):
        import_labels(ws, run.id, labels)
    assert said(ws, run) == {}


def test_a_name_that_is_there_twice_is_shown_escaped(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    names = ("\x1b[31m\n\udc80", *(f"{number}.png" for number in range(199)))
    run = prepared(replace(bars, train=replace(bars.train, names=names)))
    rows = [{"file_name": names[0], "class_name": "a"}] * 2
    with pytest.raises(InputError) as refused:
        plan_import(open_run(ws, run.id), labels_of(*rows))
    assert refused.value.found.startswith(r"\x1b[31m\n\udc80 is there twice")


def test_labels_of_another_data_set_are_matched_by_name_and_only_when_told(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    names = tuple(f"{number}.png" for number in range(200))
    dataset = replace(bars, train=replace(bars.train, names=names))
    run = prepared(dataset)
    image = asked(ws, run)[0].image
    rows = (answer(0, "a", file_name=f"{image}.png"), answer(3, "b"))
    labels = labels_of(*rows, dataset_hash="another")
    plan = plan_import(open_run(ws, run.id), labels)
    assert plan.other_dataset
    assert "by number alone" in plan.misfits[0].why
    with pytest.raises(ConfigError, match="another data set"):
        import_labels(ws, run.id, labels)
    import_labels(ws, run.id, labels, ImportOptions(other_dataset=True))
    assert said(ws, run) == {image: "a"}
    right = get_run(ws, run.id).dataset.content_hash
    assert not plan_import(open_run(ws, run.id), labels_of(*rows, dataset_hash=right)).other_dataset
