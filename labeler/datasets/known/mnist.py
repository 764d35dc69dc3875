"""MNIST: handwritten digits.

========  =============================================
images    60,000 + 10,000 of 28 x 28, uint8, white on black
labels    int64, 0 to 9: the digit itself
files     the four IDX files ``train-images-idx3-ubyte`` …, gzipped or not; or keras' mnist.npz
========  =============================================

Licence: CC BY-SA 3.0, copyright Y. LeCun and C. Cortes.

Citation: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits",
1998; derived from NIST's Special Databases 1 and 3.
"""

from labeler.datasets.known.idx_dataset import IdxDataset

MNIST = IdxDataset("mnist", "Handwritten digits", "CC BY-SA 3.0", tuple("0123456789"), "mnist")
