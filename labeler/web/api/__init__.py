"""JSON for programs, and for the scripts of the pages: ``openapi.json`` describes it.

::

    routes.py         what can be asked, each with what it takes and answers
    basket_routes.py  pictures sent one by one
    review_routes.py  pages of labels that were looked at
    audit_routes.py   the questions and answers of an audit
    routing.py        such a route: read, served and described from one declaration
    bodies.py         what comes in
    reading.py        made into what was declared, or refused
    answers.py        what goes out, beside ``workflow/json_shapes.py``
    pictures.py       where the pictures in it are
    names.py          what may be named by somebody who is elsewhere
    document.py       the description, made of all that
"""
