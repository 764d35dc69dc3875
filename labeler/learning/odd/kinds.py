"""What a picture can be odd by: pages ask for it, too, and import no more than this."""

from enum import StrEnum


class OddKind(StrEnum):
    """Why a picture is listed. Kept lists know each by its place, so new ones come last."""

    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near-duplicate"
    BLANK = "blank"
    DARK = "dark"
    BLURRED = "blurred"
    SIZE = "size"
    ASPECT = "aspect"

    @property
    def is_of_several(self) -> bool:
        """Whether its pictures are listed in sets of what is the same, or nearly."""
        return self in (OddKind.DUPLICATE, OddKind.NEAR_DUPLICATE)


KINDS = tuple(OddKind)

TITLES = {
    OddKind.DUPLICATE: "Same picture",
    OddKind.NEAR_DUPLICATE: "Nearly the same",
    OddKind.BLANK: "Blank",
    OddKind.DARK: "Dark",
    OddKind.BLURRED: "Blurred",
    OddKind.SIZE: "Odd size",
    OddKind.ASPECT: "Odd shape",
}

MEANINGS = {
    OddKind.DUPLICATE: "Pictures that are there more than once, pixel for pixel.",
    OddKind.NEAR_DUPLICATE: "Pictures that hardly differ: each is far more like the other than "
    "like anything else.",
    OddKind.BLANK: "Pictures of practically one colour.",
    OddKind.DARK: "Even the brightest parts are dark, unlike those of most pictures.",
    OddKind.BLURRED: "There is far less fine detail than in most pictures, beside the coarse.",
    OddKind.SIZE: "The file has far more or far fewer pixels than most.",
    OddKind.ASPECT: "The file is far longer, or far closer to a square, than most.",
}
