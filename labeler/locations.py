"""Where Labeler's own files are, in a checkout and installed from a wheel."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent


def templates_folder() -> Path:
    """The HTML templates: inside the installed package, beside it in a checkout."""
    return _packed_or_beside("templates")


def static_folder() -> Path:
    """Where style sheets and scripts are."""
    return _packed_or_beside("static")


def instance_folder() -> Path:
    """Where Labeler keeps what it makes: ``LABELER_INSTANCE``, or ``instance/`` of a checkout.

    Installed from a wheel, it is the user's own data folder. It is not created here.
    """
    configured = os.environ.get("LABELER_INSTANCE")
    if configured:
        return Path(configured).expanduser()
    if (CHECKOUT / "pyproject.toml").is_file():
        return CHECKOUT / "instance"
    return _user_data_folder() / "labeler"


def feature_folder(instance: Path) -> Path:
    """Where features, graphs and clusters are kept that were computed from images."""
    return instance / "features"


def _packed_or_beside(name: str) -> Path:
    packed = PACKAGE / name
    return packed if packed.is_dir() else CHECKOUT / name


def _user_data_folder() -> Path:
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
