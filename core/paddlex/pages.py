"""Pixels as PaddleX decodes them: by OpenCV, alpha dropped, EXIF turns applied; pages of TIFF and PDF one by one."""

from __future__ import annotations

import importlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.errors import InputProblem, PhotoProblem
from core.opencv import cv2
from core.photo_formats import decode, read_header
from core.photos import open_photo
from core.types import Pixels

PDF_SCALE = 2.0  # pixels per point
_MOST_PIXELS = 250e6
_OPENCV = frozenset({"JPEG", "CMYK JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "PPM"})
_one_at_a_time = threading.Lock()  # PDFium knows no threads
_AGAIN = "Copy it again from where it came."


def decoded(path: Path, data: bytes | None = None) -> Iterator[tuple[int | None, Pixels]]:
    """Number and pixels (H, W, 3) BGR of each page; the number of a picture that has no pages is None.

    `data` are the bytes of the file where they are at hand. Raises PhotoProblem; InputProblem where a package for PDF
    is missing.
    """
    if _is_pdf(path, data):
        yield from _pdf(path, data)
        return
    if data is None:
        photo = open_photo(path)
        data, header = photo.data, photo.header
    else:
        header = read_header(path, data)
        _check_size(path, header.width, header.height)
    if header.kind == "TIFF" and (count := _pages(path, data)) > 1:
        yield from ((page, _tiff(path, data, page)) for page in range(count))
    elif header.kind in _OPENCV:
        yield None, _picture(path, data)
    else:  # formats that PaddleX cannot read
        yield None, decode(path, data, header, 1)


def as_picture(array: NDArray[Any]) -> Pixels:
    """A script's array as (H, W, 3) uint8 BGR: grey is spread, alpha dropped. Raises InputProblem."""
    good = array.dtype == np.uint8 and array.ndim in (2, 3) and array.size > 0
    if not good or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputProblem(
            "An array of shape {shape} and type {kind} is no picture.",
            "Give (height, width, 3) or (height, width) of type uint8, colours as OpenCV reads them (BGR).",
            shape=str(array.shape),
            kind=str(array.dtype),
        )
    if array.ndim == 2 or array.shape[2] == 1:
        return cast(Pixels, cv2.cvtColor(np.ascontiguousarray(array), cv2.COLOR_GRAY2BGR))
    return np.ascontiguousarray(array[..., :3])


def _picture(path: Path, data: bytes) -> Pixels:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise _damaged(path) from error
    if pixels is None:
        raise _damaged(path)
    return cast(Pixels, pixels)


def _tiff(path: Path, data: bytes, page: int) -> Pixels:
    try:
        good, pages = cv2.imdecodemulti(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR, range=(page, page + 1))
    except cv2.error as error:
        raise _damaged(path, page) from error
    if not good or len(pages) != 1:
        raise _damaged(path, page)
    return cast(Pixels, pages[0])


def _pages(path: Path, data: bytes) -> int:
    """The number of pages of a TIFF, each looked at for its size."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=["TIFF"]) as image:
            count = int(getattr(image, "n_frames", 1))
            for page in range(count):
                image.seek(page)
                _check_size(path, *image.size)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, EOFError, UnidentifiedImageError) as error:
        raise _damaged(path) from error
    return count


def _is_pdf(path: Path, data: bytes | None) -> bool:
    if data is not None:
        return data[:1024].lstrip().startswith(b"%PDF-")
    return path.suffix.lower() == ".pdf"


def _pdf(path: Path, data: bytes | None) -> Iterator[tuple[int, Pixels]]:
    library = _pdf_library(path)
    if data is None and not path.is_file():
        raise PhotoProblem("{path} is not there.", "Check the name, or whether it was moved.", path=path)
    with _one_at_a_time:
        document = _opened(library, path, data)
        count = len(document)
    try:
        for page in range(count):
            yield page, _rendered(library, document, path, page)
    finally:
        with _one_at_a_time:
            document.close()


def _opened(library: Any, path: Path, data: bytes | None) -> Any:
    try:
        document = library.PdfDocument(path if data is None else data)
        document.init_forms()
    except (library.PdfiumError, OSError) as error:
        raise PhotoProblem(
            "{path} cannot be opened as a PDF: {reason}.", _AGAIN, path=path, reason=str(error).rstrip(".")
        ) from error
    return document


def _rendered(library: Any, document: Any, path: Path, number: int) -> Pixels:
    with _one_at_a_time:
        try:
            page = document[number]
            width, height = page.get_size()
            _check_size(path, int(width * PDF_SCALE), int(height * PDF_SCALE))
            pixels = page.render(scale=PDF_SCALE).to_numpy().copy()
            page.close()
        except library.PdfiumError as error:
            raise _damaged(path, number) from error
    return as_picture(pixels)


def _pdf_library(path: Path) -> Any:
    try:
        return importlib.import_module("pypdfium2")
    except ImportError as error:
        raise InputProblem(
            "{path} is a PDF, for which a package is missing.",
            "Nothing was changed. Install it: pip install facefolio[pdf]",
            path=path,
        ) from error


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > _MOST_PIXELS:
        raise PhotoProblem(
            "{path} has {width} x {height} pixels, more than the limit of {limit:g} megapixels.",
            "It was left out; make it smaller.",
            path=path,
            width=width,
            height=height,
            limit=_MOST_PIXELS / 1e6,
        )


def _damaged(path: Path, page: int | None = None) -> PhotoProblem:
    if page is None:
        return PhotoProblem("{path} is damaged and cannot be decoded.", _AGAIN, path=path)
    return PhotoProblem("Page {page} of {path} is damaged and cannot be decoded.", _AGAIN, path=path, page=page + 1)
