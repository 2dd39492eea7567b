"""The web page and the REST service that read handwriting."""
