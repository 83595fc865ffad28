"""The shipped digits as arrays: images of 8 by 8 from 0 to 1, and labels."""

import gzip
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "models" / "data" / "digits8x8"


def _bytes(name: str, header: int) -> np.ndarray:
    data = gzip.decompress((FOLDER / name).read_bytes())
    return np.frombuffer(data, dtype=np.uint8, offset=header)


def load(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of one part: train, validation or test."""
    images = _bytes(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 8, 8)
    labels = _bytes(f"{part}-labels-idx1-ubyte.gz", 8)
    return images.astype(np.float32) / 16, labels.astype(np.int64)
