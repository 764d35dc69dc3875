"""An exploration, put before people and programs: the same parts as a simulation's report.

``findings`` is what is shown, ``results`` is for programs, ``tables`` holds the words that
``terminal`` and ``html`` both show, ``charts`` draws, and ``folder`` writes it all.
"""
