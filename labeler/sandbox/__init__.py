"""Processes that Labeler starts, and what they may import: one way for all of them.

``children.py`` starts them. Nothing heavy is imported here, nor by ``import_path.py``, which runs
before anything else.
"""
