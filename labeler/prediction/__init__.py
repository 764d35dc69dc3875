"""A trained classifier as a file without code, and what it says of images that no run has seen.

::

    model.py        the model: from pictures to classes, confidences and what is unfamiliar
    judging.py      what an ensemble says of vectors, and how familiar these are
    predictions.py  what it says, image by image
    contents.py     what a model's file says of itself
    building.py     a model made of what a run has learned
    self_test.py    five pictures that show whether a machine computes what another did
    file.py         written and read: a zip of JSON and plain arrays
    assembling.py   a model taken apart into arrays, and put together again
    arrays.py       the arrays in that zip, checked before anything is allocated
    networks.py     the files of networks that a model looks with, found by their content
    weights.py      these files within the model's own, where that is asked for
    held_out.py     the images that a run was tested on, found again in their data set
    reading.py      new pictures, prepared as those were that the model learned from
    onnx_file.py    the same as an ONNX file, for other programs
    onnx_graph.py   the arithmetic of what names images, as nodes of such a graph
    onnx_net.py     its small net and its calibration, as such nodes
    keras_file.py   its net as a file that plain Keras opens
    loaded.py       the same in a notebook: labeler.load_model
    child.py        a process that names a few pictures for a page
    table.py        predictions as rows, and as label sets in every format that fits

It stands on the steps and on ``pipeline/``, and knows neither runs that are kept, nor pages, nor
the command line.
"""
