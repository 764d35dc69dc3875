"""A model behind Label Studio: what its machine-learning backends answer, by their protocol.

::

    app.py       the routes, and who may ask
    server.py    serve_model(): the process
    naming.py    tasks in, predictions out
    choices.py   which choices a labeling configuration has for an image
    pictures.py  pictures from the few places that are allowed

The protocol is that of the package ``label_studio_ml``, which is not needed. Nobody's address is
asked for a picture but that of the Label Studio that was named at the start.
"""
