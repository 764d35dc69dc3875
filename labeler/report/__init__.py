"""A simulation, put before people and programs: tables, plots, one HTML page, one JSON file.

``results`` is for programs, ``tables`` holds the words that ``terminal`` and ``html`` both show,
``charts`` draws, and ``folder`` writes it all. Nothing heavy is imported here.
"""
