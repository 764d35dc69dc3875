"""The reader of tensors knows tensors and nothing else, whatever a file holds."""

import contextlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.exceptions import InputError
from labeler.learning.networks.torch_tensors import MOST_OPCODES, read_tensors
from tests.learning.networks import torch_files as made

ARRAYS = {
    "conv.weight": np.arange(24, dtype="<f4").reshape(2, 3, 4),
    "norm.bias": np.array([0.5, -1.5], dtype="<f4"),
    "norm.steps": np.array(7, dtype="<i8"),
    "turned": np.arange(6, dtype="<f4").reshape(2, 3).T,
    "empty": np.zeros((0, 3), dtype="<f4"),
}
FILE = made.file_of(ARRAYS)
SMALL = np.arange(6, dtype="<f4")


def refusal(content: bytes) -> str:
    with pytest.raises(InputError, match="WGT-3") as caught:
        read_tensors(content, "net.pth")
    return str(caught.value)


def holding(tensors: bytes) -> bytes:
    return made.whole(tensors, {"s": SMALL})


def test_tensors_come_back_as_they_were() -> None:
    tensors = read_tensors(FILE, "net.pth")
    assert tensors.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(tensors[name], array)
        assert tensors[name].dtype == array.dtype
        assert not tensors[name].flags.writeable


def test_a_tensor_may_be_a_part_of_its_storage_and_have_a_table_of_versions() -> None:
    part = made.tensor("s", SMALL, start=1, shape=(2, 2), strides=(3, 1))
    versions = made.table({"_metadata": made.table({"conv": made.number(1)}, start=b"}")}, b"}")
    content = holding(made.table({"part": part}) + versions + made.BUILD)
    np.testing.assert_array_equal(read_tensors(content, "net.pth")["part"], [[1, 2], [4, 5]])


CALL = made.row(made.text("touch owned"))


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        (made.named("posix", "system") + CALL + made.REDUCE, "the name 'posix system'"),
        (made.named("builtins", "eval") + CALL + made.REDUCE, "the name 'builtins eval'"),
        (made.text("posix") + made.text("system") + b"\x93", "the opcode b'\\x93'"),
        (b"(" + made.text("touch owned") + b"iposix\nsystem\n", "the opcode b'i'"),
        (b"(" + made.ORDERED_DICT + b"o", "the opcode b'o'"),
        (made.REBUILD + CALL + b"\x81", "the opcode b'\\x81'"),
        (b"\x82\x01", "the opcode b'\\x82'"),
        (made.named("torch", "FloatStorage") + CALL + made.REDUCE, "a call of"),
        (made.named("collections", "OrderedDict") + CALL + made.REDUCE, "not empty at first"),
        (made.REBUILD + CALL + made.REDUCE, "a tensor of another kind"),
        (made.text("x") + b")" + made.REDUCE, "a call of something unknown"),
        (made.tensor("s", SMALL) + b"}" + made.BUILD, "a state that is no table's"),
        (made.table({"a": made.number(1)}), "more than tensors"),
        (made.number(1), "no table of tensors"),
        (b"}" + made.number(1) + made.NONE + b"s", "keys that are no text"),
        (b"}(" + made.text("a") + b"u", "a table that is none"),
        (b"(" + made.ORDERED_DICT, "does not add up"),
        (b"(" + made.REDUCE, "an empty stack"),
        (b"t", "no mark"),
        (b"h\x05", "a value that was not kept"),
        (b"N" * (MOST_OPCODES + 1), "more than 200,000 steps"),
    ],
)
def test_anything_but_tensors_is_refused_and_never_called(tensors: bytes, why: str) -> None:
    assert why in refusal(holding(tensors))


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"start": 1}, "longer than its storage"),
        ({"start": -1}, "a tensor of another kind"),
        ({"shape": (2, 2), "strides": (5, 1)}, "longer than its storage"),
        ({"shape": (2, 2), "strides": (-1, 1)}, "a tensor of another shape"),
        ({"shape": (2, 2)}, "a tensor of another shape"),
        ({"shape": (1000, 1000), "strides": (0, 0)}, "longer than its storage"),
        ({"shape": (1,) * 9, "strides": (1,) * 9}, "a tensor of another shape"),
    ],
)
def test_a_tensor_lies_within_its_storage(place: dict[str, int], why: str) -> None:
    tensor = made.tensor("s", SMALL, **place)  # type: ignore[arg-type]
    assert why in refusal(holding(made.table({"a": tensor})))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (made.whole(made.table({}), {}, magic=made.number(1)), "another magic number"),
        (holding(made.table({})), "storages that no tensor has"),
        (FILE + b"\0", "more after the last storage"),
        (FILE[:-1], "a storage of another length"),
        (b"PK\x03\x04" + bytes(30), "the opcode b'P'"),
        (b"", "an end in the middle"),
    ],
)
def test_a_file_of_another_kind_is_one_clear_error(content: bytes, why: str) -> None:
    assert why in refusal(content)


@given(st.integers(0, len(FILE) - 1))
def test_a_file_that_was_cut_off_is_refused(length: int) -> None:
    refusal(FILE[:length])


@given(st.integers(0, len(FILE) - 1), st.binary(min_size=1, max_size=4), st.booleans())
def test_damage_anywhere_gives_tensors_or_one_clear_error(
    place: int, damage: bytes, inserted: bool
) -> None:
    rest = FILE[place if inserted else place + len(damage) :]
    with contextlib.suppress(InputError):
        tensors = read_tensors(FILE[:place] + damage + rest, "net.pth")
        assert all(type(tensor) is np.ndarray for tensor in tensors.values())


@given(st.lists(st.sampled_from([bytes([byte]) for byte in b"()Nl]}.tsueRbQh\x88\x85\x86"])))
def test_opcodes_in_any_order_give_one_clear_error(opcodes: list[bytes]) -> None:
    refusal(holding(made.table({"a": made.tensor("s", SMALL)}) + b"".join(opcodes) + b"0"))


def test_no_name_is_looked_up() -> None:
    code = (
        "import sys; from labeler.learning.networks.torch_tensors import read_tensors\n"
        "sys.addaudithook(lambda event, _: event == 'pickle.find_class' and sys.exit(event))\n"
        f"assert len(read_tensors({FILE!r}, '')) == {len(ARRAYS)}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
