"""A module for each screen, with its blueprint; ``app.py`` registers them."""
