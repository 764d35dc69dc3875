"""JSON for programs, and for the scripts of the pages: ``openapi.json`` describes it."""
