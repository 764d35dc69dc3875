"""Pictures that stand out, whatever their labels: alike, blank, dark, blurred, odd-sized.

::

    kinds.py       what a picture can be odd by
    measures.py    how bright, rich in contrast and sharp each picture is
    unusual.py     what lies far from the rest, by the rest's own spread
    look_alikes.py the same picture twice, or nearly
    finding.py     all of it, as one list
"""

from labeler.learning.odd.finding import OddPictures, find_odd_pictures
from labeler.learning.odd.kinds import OddKind
from labeler.learning.odd.measures import PictureMeasures, measure_pictures

__all__ = ["OddKind", "OddPictures", "PictureMeasures", "find_odd_pictures", "measure_pictures"]
