"""Files of a basket are whole or not there, under names that every system can store."""

import os
from pathlib import Path

import pytest

from labeler.exceptions import InputError
from labeler.storage.errors import NotFoundError
from labeler.storage.folder.uploads import sweep_uploads
from labeler.workflow import baskets
from labeler.workflow.baskets import get_basket, list_baskets, new_basket, put_file
from labeler.workflow.workspace import Workspace, open_workspace

MOST = 1000


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """Baskets are files alone: one database will do."""
    return open_workspace(tmp_path / "instance", f"sqlite:///{tmp_path}/labeler.sqlite3")


def put(ws: Workspace, basket_id: str, name: str, data: bytes = b"data") -> bool:
    return put_file(ws, basket_id, name, len(data), [data[:2], data[2:]], MOST)


def test_what_was_put_is_there_and_is_not_sent_twice(ws: Workspace) -> None:
    basket = new_basket(ws)
    assert put(ws, basket.id, "pets/cat/1.jpg", b"first")
    assert put(ws, basket.id, "pets\\dog\\2.jpg")
    assert not put(ws, basket.id, "pets/cat/1.jpg", b"again")
    assert get_basket(ws, basket.id).sizes == {"pets/cat/1.jpg": 5, "pets/dog/2.jpg": 4}
    folder = baskets.basket_folder(ws, basket.id)
    assert (folder / "pets/cat/1.jpg").read_bytes() == b"first"
    assert [one.name for one in list_baskets(ws)] == ["pets"]
    baskets._filling.cache_clear()  # as another process sees it
    assert get_basket(ws, basket.id).n_bytes == 9


@pytest.mark.parametrize(
    "name",
    [
        "../out.jpg", "a/../../out.jpg", "/etc/out.jpg", "C:out.jpg", "c:\\out.jpg", "a\0.jpg",
        "a//b.jpg", "aux.png", "a/nul.jpg", "x" * 300 + ".jpg", "a/" * 40 + "b.jpg", ".hidden.jpg",
        ".git/config", "__MACOSX/a.jpg", "Thumbs.db", "a\nb.jpg", "a\u202egpj.exe", "", "a/", ".",
        "..",
        "\ud800.jpg", "a" * 200 + "/" + "/".join(["b" * 200] * 6),
    ],
)  # fmt: skip
def test_a_hostile_name_is_refused_and_leaves_nothing(ws: Workspace, name: str) -> None:
    basket = new_basket(ws)
    before = {path for path in ws.instance.parent.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="UP-3"):
        put(ws, basket.id, name)
    assert get_basket(ws, basket.id).sizes == {}
    assert {path for path in ws.instance.parent.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["a.jpg", "A.JPG", "a.jpg/b.jpg"])
def test_another_file_in_the_place_of_one_is_refused(ws: Workspace, name: str) -> None:
    basket = new_basket(ws)
    put(ws, basket.id, "a.jpg")
    with pytest.raises(InputError, match="UP-3"):
        put(ws, basket.id, name, b"longer than before")
    assert get_basket(ws, basket.id).sizes == {"a.jpg": 4}


def test_a_file_that_is_cut_off_is_not_there(ws: Workspace) -> None:
    basket = new_basket(ws)
    with pytest.raises(InputError, match=r"2 bytes of 9 came"):
        put_file(ws, basket.id, "a.jpg", 9, [b"ab"], MOST)
    assert get_basket(ws, basket.id).sizes == {}
    assert list(baskets.basket_folder(ws, basket.id).iterdir()) == []
    assert put(ws, basket.id, "a.jpg")


def test_a_basket_holds_so_much_and_no_more(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    basket = new_basket(ws)
    put(ws, basket.id, "a.jpg", b"x" * 900)
    with pytest.raises(InputError, match=r"UP-4"):
        put(ws, basket.id, "b.jpg", b"x" * 101)
    monkeypatch.setattr(baskets, "MAX_ENTRIES", 1)
    with pytest.raises(InputError, match=r"more than 1 files.*UP-4"):
        put(ws, basket.id, "c.jpg")
    monkeypatch.setattr(baskets, "MOST_BASKETS", 1)
    with pytest.raises(InputError, match=r"UP-4"):
        new_basket(ws)


@pytest.mark.parametrize("basket_id", ["0" * 16, "../uploads", "", "x"])
def test_no_other_folder_is_a_basket(ws: Workspace, basket_id: str) -> None:
    new_basket(ws)
    with pytest.raises(NotFoundError):
        put(ws, basket_id, "a.jpg")


def test_old_baskets_are_swept_and_new_ones_are_not(ws: Workspace) -> None:
    old, new = new_basket(ws), new_basket(ws)
    for basket in (old, new):
        put(ws, basket.id, "a.jpg")
    long_ago = 1_000_000_000
    os.utime(baskets.basket_folder(ws, old.id), (long_ago, long_ago))
    assert sweep_uploads(ws.instance) == 1
    assert [one.id for one in list_baskets(ws)] == [new.id]
    put(ws, new.id, "b.jpg")
    baskets.remove_basket(ws, new.id)
    assert list_baskets(ws) == []
