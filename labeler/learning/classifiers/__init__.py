"""What is trained on the labels: one classifier a file.

``labeler.plugins.CLASSIFIERS`` is the list of them, made of what the files say of themselves;
``base.py`` is their contract.
"""

from labeler.learning.classifiers.base import Classifier, classifier

__all__ = ["Classifier", "classifier"]
