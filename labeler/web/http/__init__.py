"""Between the socket and the views: who may come in, what is let in, what every view needs.

::

    listening.py   Waitress: connections, and bodies refused before they are taken
    body_limit.py  how large a body may be, by who sends it
    proxy.py       whose X-Forwarded-* headers are believed
    security.py    host list, origin check, login required, response headers
    compression.py scripts and style sheets as gzip, and nothing else
    sessions.py    the signed cookie
    access.py      one-use login addresses, logins taken back
    attempts.py    how often somebody may guess
    data_roots.py  folders that pages may read from
    errors.py      every error as a drawn page or as JSON
    uploads.py     uploaded files, streamed to a staging folder and swept
    data_roots.py  folders of this machine that may be read
    context.py     the workspace and the settings of this request
    templates.py   what templates write figures and name images with
    sprites.py     where images are, many in one file
    fields.py      numbers out of forms and addresses
    science.py     scikit-learn and SciPy, loaded once
"""
