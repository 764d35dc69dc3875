"""The table of reviews: which operations were pages of labels that somebody looked at."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from labeler.storage.tables import Base


class ReviewOperation(Base):
    """Appended, never changed: an operation whose answers are about labels that were shown.

    ``class_id`` is the class that was shown, if any was. ``queue`` and ``page``: where the page
    stood; not of what came from a file, nor of an image that was opened from elsewhere.
    """

    __tablename__ = "review_operation"

    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("run_class.id"), index=True)
    queue: Mapped[int | None]
    page: Mapped[int | None]
    n_planted: Mapped[int]
    n_found: Mapped[int]
