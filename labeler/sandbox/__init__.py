"""Processes that Labeler starts, and what they may import: one way for all of them.

Nothing heavy is imported here, nor by ``import_path``, which runs before anything else.
"""
