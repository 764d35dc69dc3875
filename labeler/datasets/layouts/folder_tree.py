"""The folders that image files lie in, with how many: what a layout is told by."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MAX_DEPTH = 32
"""Folders below each other that are told apart: deeper ones count as one."""


@dataclass(eq=False)
class Folder:
    """A folder with images in it or below it.

    Attributes
    ----------
    path : str
        Relative to the root, with a slash at its end; the root's is empty.
    n_direct, n_images : int
        Images right in it, and with those in the folders below.
    children : dict of str to Folder
    """

    path: str = ""
    n_direct: int = 0
    n_images: int = 0
    children: dict[str, "Folder"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rstrip("/").rpartition("/")[2]

    def walk(self) -> Iterator["Folder"]:
        """It and all folders below."""
        yield self
        for child in self.children.values():
            yield from child.walk()


def folder_of(name: str) -> str:
    """The path of the folder that a file lies in, as ``Folder.path`` has it."""
    folder = name[: name.rfind("/") + 1]
    if folder.count("/") <= MAX_DEPTH:
        return folder
    return "/".join(folder.split("/", MAX_DEPTH)[:MAX_DEPTH]) + "/"


def grow_tree(images: Iterable[str]) -> Folder:
    """The folders of these files."""
    root = Folder()
    for path, count in Counter(map(folder_of, images)).items():
        folder = root
        folder.n_images += count
        for part in path.split("/")[:-1]:
            child = folder.children.get(part)
            if child is None:
                child = folder.children[part] = Folder(f"{folder.path}{part}/")
            folder = child
            folder.n_images += count
        folder.n_direct += count
    return root
