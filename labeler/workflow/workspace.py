"""Where a use case works: one folder, one database, one store of arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.exceptions import ConfigError
from labeler.locations import feature_folder, instance_folder
from labeler.storage.database import (
    Clock,
    Database,
    database_exists,
    open_database,
    utc_now,
)
from labeler.storage.folder.artefacts import ArtefactStore
from labeler.storage.folder.uploads import uploads_folder

if TYPE_CHECKING:
    from labeler.learning.features.cache import FeatureCache

Transaction = Any
"""A session of the storage layer: this layer passes it on and never looks inside."""


@dataclass(frozen=True, eq=False)
class Workspace:
    """What every use case is given first.

    Attributes
    ----------
    instance : Path
        The folder of Labeler's own files.
    database : Database
    """

    instance: Path
    database: Database

    @property
    def artefacts(self) -> ArtefactStore:
        """The arrays that rows refer to."""
        return self.database.artefacts

    @property
    def clock(self) -> Clock:
        """Gives the time, in UTC."""
        return self.database.clock

    @property
    def uploads(self) -> Path:
        """The folder in which uploaded files wait for their import; it may not exist yet."""
        return uploads_folder(self.instance)

    @property
    def feature_cache(self) -> "FeatureCache":
        """What was computed from images, by simulations and runs alike."""
        from labeler.learning.features.cache import FeatureCache  # scikit-learn comes with it

        return FeatureCache(feature_folder(self.instance))

    def array(self, reference: str) -> np.ndarray:
        """One stored array, left on disk until it is looked at; read-only."""
        return self.artefacts.load(reference, mapped=True)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def workspace_exists(instance: Path | None = None, database_url: str | None = None) -> bool:
    """Whether there is something to be opened.

    Raises
    ------
    ConfigError
        The URL is not one of ours.
    """
    return database_exists(instance, database_url)


def open_existing(instance: Path | None = None, database_url: str | None = None) -> Workspace:
    """Open a workspace to look at it: where there is none, none is made.

    Raises
    ------
    ConfigError
        There is no database, or as ``open_workspace`` says.
    SchemaError
    """
    if not workspace_exists(instance, database_url):
        folder = instance or instance_folder()
        raise ConfigError(
            f"There is no database in {folder}; give the folder that Labeler keeps its runs in."
        )
    return open_workspace(instance, database_url)


def open_workspace(
    instance: Path | None = None, database_url: str | None = None, *, clock: Clock = utc_now
) -> Workspace:
    """Open the folder and its database, made or brought up to date where necessary.

    Parameters
    ----------
    instance : Path, optional
        By default ``LABELER_INSTANCE``, or ``instance/`` of a checkout.
    database_url : str, optional
        By default ``DATABASE_URL``, else an SQLite file in ``instance``.
    clock : callable, optional

    Raises
    ------
    ConfigError
        The URL is not one of ours.
    SchemaError
        The database was written by a newer Labeler.
    """
    database = open_database(instance, database_url, clock=clock)
    return Workspace(database.instance, database)
