# The web page and the REST service with their models, for `docker compose up`. Nothing is fetched once it is built.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/ocr
COPY pyproject.toml setup.py README.md LICENSE MODELS-LICENSE get_models.py ./
COPY ocr ocr
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --editable ".[lexicon,serve]"
COPY scripts scripts
COPY samples samples
COPY models models
ENV OCR_CACHE=/opt/ocr/cache
# One page a language is read, so that the lexicons' indexes lie beside them in the image.
RUN /opt/venv/bin/python get_models.py fetch \
    && /opt/venv/bin/python -m ocr read samples/harbour.jpg samples/voyage.jpg \
    && rm -r models

FROM python:3.12-slim
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/ocr /opt/ocr
RUN useradd --uid 10001 --no-create-home reader && install --directory --owner=reader --mode=700 /data
WORKDIR /opt/ocr
ENV PATH=/opt/venv/bin:$PATH OCR_CACHE=/opt/ocr/cache HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=30s --interval=30s --timeout=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "scripts/serve.py", "--host", "0.0.0.0", "--data", "/data"]
