"""The classes of a run. Answers refer to a class's id, so no change here can lose one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.storage import rows, tables
from labeler.storage.errors import ClassInUseError, InvalidError, NotFoundError
from labeler.storage.session import clean_name, lock_run, touch
from labeler.words import is_storable

KEYS = "1234567890"
"""The keys that new classes get, in this order, while they last."""


def list_of_run(session: Session, run_id: str) -> tuple[rows.RunClass, ...]:
    """The run's classes in their order, merged ones included."""
    return tuple(rows.freeze(rows.RunClass, row) for row in _rows(session, run_id))


def resolve(classes: Sequence[rows.RunClass]) -> dict[int, int]:
    """The class that each class counts for, merges followed to their end."""
    targets = {run_class.id: run_class.merged_into for run_class in classes}
    return {class_id: _chain(targets, class_id)[-1] for class_id in targets}


def add(session: Session, run_id: str, name: str, *, key: str | None = None) -> rows.RunClass:
    """Add a class at the end; without a ``key`` it gets the first free digit, if any.

    Raises
    ------
    ClassInUseError
        Another class of the run has this name or key.
    InvalidError
        The name cannot be stored, or the key is not one character.
    """
    run = lock_run(session, run_id)
    classes = _rows(session, run_id)
    name = clean_name(name, "The class's name")
    _check_free(classes, name=name, key=_clean_key(key))
    row = tables.RunClass(
        run_id=run_id,
        position=max((other.position for other in classes), default=-1) + 1,
        name=name,
        key=_clean_key(key) or _free_key(classes),
        merged_into=None,
    )
    session.add(row)
    touch(session, run, revise=True)
    session.flush()
    return rows.freeze(rows.RunClass, row)


def rename(session: Session, run_id: str, class_id: int, name: str) -> rows.RunClass:
    """Give a class another name; its answers follow.

    Raises
    ------
    ClassInUseError
        Another class has this name: merge the two instead.
    """
    run = lock_run(session, run_id)
    classes = _rows(session, run_id)
    row = _pick(classes, class_id)
    name = clean_name(name, "The class's name")
    _check_free(classes, name=name, but=class_id)
    if name != row.name:
        row.name = name
        touch(session, run, revise=True)
    return rows.freeze(rows.RunClass, row)


def set_key(session: Session, run_id: str, class_id: int, key: str | None) -> rows.RunClass:
    """Give a class another keyboard key, or none.

    Raises
    ------
    ClassInUseError
        Another class has this key.
    """
    run = lock_run(session, run_id)
    classes = _rows(session, run_id)
    row = _pick(classes, class_id)
    _check_free(classes, key=_clean_key(key), but=class_id)
    row.key = _clean_key(key)
    touch(session, run, revise=True)
    return rows.freeze(rows.RunClass, row)


def merge(session: Session, run_id: str, class_id: int, into: int) -> rows.RunClass:
    """Let the answers of one class count for another, until ``unmerge``.

    Raises
    ------
    ClassInUseError
        ``into`` itself counts for ``class_id`` already.
    """
    run = lock_run(session, run_id)
    classes = _rows(session, run_id)
    row = _pick(classes, class_id)
    target = _pick(classes, into)
    if class_id in _chain({run_class.id: run_class.merged_into for run_class in classes}, into):
        raise ClassInUseError(f"{target.name!r} already counts for {row.name!r}.")
    row.merged_into = into
    touch(session, run, revise=True)
    return rows.freeze(rows.RunClass, row)


def unmerge(session: Session, run_id: str, class_id: int) -> rows.RunClass:
    """Take a merge back: the class has its answers, its name and, unless taken, its key again.

    Raises
    ------
    ClassInUseError
        Another class took its name meanwhile.
    """
    run = lock_run(session, run_id)
    classes = _rows(session, run_id)
    row = _pick(classes, class_id)
    if row.merged_into is not None:
        _check_free(classes, name=row.name, but=class_id)
        if row.key in {other.key for other in classes if other.merged_into is None}:
            row.key = None
        row.merged_into = None
        touch(session, run, revise=True)
    return rows.freeze(rows.RunClass, row)


def _rows(session: Session, run_id: str) -> Sequence[tables.RunClass]:
    if not is_storable(run_id):
        return ()
    return session.scalars(
        select(tables.RunClass)
        .where(tables.RunClass.run_id == run_id)
        .order_by(tables.RunClass.position, tables.RunClass.id)
    ).all()


def _chain(targets: Mapping[int, int | None], class_id: int) -> list[int]:
    """The class, the one it was merged into, and so on."""
    chain = [class_id]
    while (target := targets.get(chain[-1])) is not None:
        chain.append(target)
    return chain


def _pick(classes: Sequence[tables.RunClass], class_id: int) -> tables.RunClass:
    for row in classes:
        if row.id == class_id:
            return row
    raise NotFoundError(f"The run has no class {class_id!r}.")


def _clean_key(key: str | None) -> str | None:
    if key is None:
        return None
    if len(key) != 1 or not key.isprintable() or key.isspace():
        raise InvalidError(f"The key is {key!r}; it must be one printable character.")
    return key.lower()


def _free_key(classes: Sequence[tables.RunClass]) -> str | None:
    taken = {row.key for row in classes if row.merged_into is None}
    return next((key for key in KEYS if key not in taken), None)


def _check_free(
    classes: Sequence[tables.RunClass],
    *,
    name: str | None = None,
    key: str | None = None,
    but: int | None = None,
) -> None:
    for row in classes:
        if row.id == but or row.merged_into is not None:
            continue
        if name is not None and row.name.casefold() == name.casefold():
            raise ClassInUseError(f"There is a class {row.name!r} already.")
        if key is not None and row.key == key:
            raise ClassInUseError(f"The key {key!r} already gives {row.name!r}.")
