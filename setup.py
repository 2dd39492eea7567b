"""Install the package: reading needs no MXNet; training and export take one of the extras."""
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
MXNET = ["numpy==1.26.4", "onnx>=1.16", "setuptools<81"]  # MXNet 1.9.1 knows no newer NumPy, and on 3.12 needs distutils

setup(
    name="ocr",
    version="0.1.0",
    description="Read handwriting: from a photo of a page to its text, in three stages",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    python_requires=">=3.9,<3.13",
    packages=find_packages(include=["ocr", "ocr.*"]),
    package_data={"ocr.text": ["alphabets/*.txt"], "ocr.models": ["registry.json"], "ocr.serving": ["web/*"]},
    install_requires=["langcodes>=3.3", "lxml>=4.9", "numpy>=1.26,<3", "onnxruntime>=1.16", "opencv-python-headless>=4.8",
                      "pikepdf>=8.0", "Pillow>=10.1", "platformdirs>=3", "pypdfium2>=4.20", "rapidfuzz>=3.0", "tqdm>=4.60"],
    extras_require={
        "gluon": ["mxnet==1.9.1", "gluonnlp==0.10.0", *MXNET],
        "cu112": ["mxnet-cu112==1.9.1", "gluonnlp==0.10.0", *MXNET],
        "torch": ["torch>=2.4", "onnx>=1.16"],
        "lexicon": ["hnswlib>=0.7", "wordfreq>=3.0"],
        "serve": ["fastapi>=0.110", "prometheus_client>=0.17", "python-multipart>=0.0.18", "uvicorn>=0.29"],
        "tensorboard": ["tensorboardX"],
        "test": ["pytest>=7", "httpx>=0.24", "playwright>=1.44", "schemathesis>=4.32; python_version >= '3.10'"],
    },
)
