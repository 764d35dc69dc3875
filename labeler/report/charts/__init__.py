"""Each chart, drawn once: for the pages, for reports and for files beside them.

::

    svg.py         shapes, text, and the way into a page or a file
    scales.py      round ticks, room for names
    accuracy.py    every stage with its interval and its seeds
    curve.py       accuracy over the labels asked for
    confusion.py   what is taken for what
    purity.py      clusters by their purity
    indices.py     each index over the number of clusters
    stack.py       a bar for each cluster, by class
    map.py         a sample of the pool in two dimensions
    sheet.py       images with their captions
    palette.py     the colours of clusters and classes

All colours are classes of ``static/charts.css``, in light and in dark.
"""
