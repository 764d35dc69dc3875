"""How doubtful a page is: pages ask for it, too, and import no more than this."""

MANY_WRONG = 0.25
"""Doubt of a page from where about a third of it is wrong, and naming images one by one is faster
than marking. Confidences promise too much: on Fashion-MNIST, 32 in 100 are wrong where the doubt
is 0.21, and 49 where it is 0.42."""
