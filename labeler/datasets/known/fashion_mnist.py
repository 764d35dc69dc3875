"""Fashion-MNIST: pictures of Zalando's articles, drop-in for MNIST.

========  =============================================
images    60,000 + 10,000 of 28 x 28, uint8, white on black
labels    int64: 0 T-shirt/top, 1 Trouser, 2 Pullover, 3 Dress, 4 Coat, 5 Sandal, 6 Shirt,
          7 Sneaker, 8 Bag, 9 Ankle boot
files     the four IDX files ``train-images-idx3-ubyte`` …, gzipped or not
========  =============================================

Licence: MIT, Copyright 2017 Zalando SE, https://github.com/zalandoresearch/fashion-mnist.

Citation: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for
Benchmarking Machine Learning Algorithms", arXiv:1708.07747, 2017.
"""

from labeler.datasets.known.idx_dataset import IdxDataset

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

FASHION_MNIST = IdxDataset(
    "fashion-mnist", "Pictures of clothes, shoes and bags", "MIT", CLASSES, "fashion_mnist"
)
