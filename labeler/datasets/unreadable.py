"""Files that hold data which is not read: what they are, and how to get it out of them."""

from collections.abc import Collection
from typing import NoReturn

from labeler.exceptions import InputError

_TRUSTED = "It could run any code, so it is never opened: in a program that you trust,"
_SAVE = "save its arrays with numpy.savez and give the NPZ file"
_REMEDIES = {
    "MATLAB": f"Read it with scipy.io.loadmat, {_SAVE}.",
    "HDF5": f"Read it with h5py, {_SAVE}.",
    "a pickle": f"{_TRUSTED} {_SAVE}.",
    "Arrow": "Save it as Parquet.",
    "SQLite": "Export its table as CSV.",
    "an Excel or Word document": "Save the table as CSV.",
    "a PyTorch file": f"{_TRUSTED} {_SAVE}.",
    "7-Zip": "Unpack it, or pack it as a zip.",
    "RAR": "Unpack it, or pack it as a zip.",
    "PDF": "Save its pictures as files.",
}
_OTHERWISE = "Put single images into a folder and give the folder."


def refuse_kind(kind: str, source: str) -> NoReturn:
    """Refuse a file whose content is of a ``kind`` that is not read (DIR-1)."""
    raise InputError(
        "DIR-1",
        source,
        found=f"this file is {kind}",
        expected="a folder of images, or a zip, tar, CSV, NPZ, NPY, IDX or Parquet file",
        remedy=_REMEDIES.get(kind, _OTHERWISE),
    )


def kind_of_zip(names: Collection[str]) -> str:
    """What a zip is beside an archive of files; empty where it is nothing else."""
    if "[Content_Types].xml" in names:
        return "an Excel or Word document"
    return "a PyTorch file" if any(name.endswith("/data.pkl") for name in names) else ""
