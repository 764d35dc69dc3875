"""What is trained on the labels: one classifier a file."""

from labeler.learning.classifiers.base import Classifier
from labeler.learning.classifiers.logistic import LogisticClassifier
from labeler.learning.classifiers.neural_net import NeuralNetClassifier

CLASSIFIERS: dict[str, type[LogisticClassifier] | type[NeuralNetClassifier]] = {
    "logistic": LogisticClassifier,
    "nn": NeuralNetClassifier,
}

__all__ = ["CLASSIFIERS", "Classifier", "LogisticClassifier", "NeuralNetClassifier"]
