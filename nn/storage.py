"""Files of named arrays and one JSON value, in two open formats, by extension.

- `.npz`, NumPy's: the JSON is in the entry `__metadata__`, an array of one string. Nothing in it is
  pickled, and np.load(path) reads it.
- `.safetensors`, which PyTorch and others read: the JSON is in its metadata, under `chainrule`. It
  needs the package safetensors.

In both, a digest of all that was written tells a damaged file. A file may come from anybody: to
read it runs nothing that is in it, and makes nothing larger than the file is.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.primitive import NDArray

FilePath: TypeAlias = str | os.PathLike[str]


def write(path: FilePath, content: Mapping[str, Any], arrays: Mapping[str, NDArray]) -> None:
    """Put `content`, a dict of values for JSON, and the arrays into the file, whole or not at all.

    Raises ValueError for another extension, and for what the format can't hold, and
    FileNotFoundError if there is no such folder.
    """
    form = _format(path)
    check_folder(path)
    if "__metadata__" in arrays:
        raise ValueError("no array can have the name __metadata__, which the formats use")
    arrays = {  # as they lie in every file: contiguous, with the lowest byte first
        name: np.asarray(array, array.dtype.newbyteorder("<"), order="C")
        for name, array in arrays.items()
    }
    text = json.dumps({"sha256": _digest(content, arrays), **content})
    _replace(path, form.packed(text, arrays))


def check_folder(path: FilePath) -> None:
    """Raise FileNotFoundError unless there is a folder for that file."""
    folder, name = os.path.split(path)
    if not os.path.isdir(folder or "."):
        raise FileNotFoundError(f"there is no folder {folder!r} to save {name} in: make it first")


def read(path: FilePath) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """The content and the arrays of a file; the content is empty if another program wrote it.

    Raises ValueError for another extension, and for a file that is damaged or of another format.
    """
    form = _format(path)
    with open(path, "rb") as file:
        data = file.read()
    with reading(path):
        text, arrays = form.unpacked(data)
        if text is None:
            return {}, arrays
        content = json.loads(text)
        if content.pop("sha256", None) != _digest(content, arrays):
            raise ValueError("it is damaged: its digest is not that of what it holds")
        return content, arrays


@contextmanager
def reading(path: FilePath) -> Iterator[None]:
    """Turn whatever a file's content leads to into a ValueError that names the file.

    What is in a file may be anything, and those who parse it raise a dozen kinds of errors.
    """
    try:
        yield
    except ImportError:  # of the package that reads it
        raise
    except Exception as error:
        what = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
        raise ValueError(f"can't load {os.fspath(path)}: {what}") from error


def _digest(content: Mapping[str, Any], arrays: Mapping[str, NDArray]) -> str:
    digest = hashlib.sha256(json.dumps(content).encode())
    for name, array in sorted(arrays.items()):
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _replace(path: FilePath, data: bytes) -> None:
    """Let the file hold `data`: a kill at any moment leaves the old file or the new one.

    And perhaps, next to it, a part of the new one, whose name begins with a dot.
    """
    path = os.path.realpath(path)  # what a link points to, not the link
    folder, name = os.path.split(path)
    part = os.path.join(folder, f".{name}.{secrets.token_hex(4)}")
    try:
        with open(part, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # or the new name could reach the disk before the data
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.remove(part)
        raise


# The formats.


def _npz(text: str, arrays: Mapping[str, NDArray]) -> bytes:
    """The bytes that np.savez writes, which takes no array of the name `file`."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, array in [("__metadata__", np.array(text)), *arrays.items()]:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
        if archive.namelist() != [f"{name}.npy" for name in ("__metadata__", *arrays)]:
            raise ValueError(f"npz can't hold arrays of all these names: {', '.join(arrays)}")
    return data.getvalue()


def _from_npz(data: bytes) -> tuple[str | None, dict[str, NDArray]]:
    """The text and the arrays; np.load would make an array of any size that an entry claims."""
    arrays: dict[str, NDArray] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if entry.compress_type != zipfile.ZIP_STORED or name in arrays:
                raise ValueError(f"its entry {name} is compressed, or there twice")
            arrays[name] = _from_npy(archive.read(entry))
    text = arrays.pop("__metadata__", None)
    return None if text is None else str(text[()]), arrays


def _from_npy(data: bytes) -> NDArray:
    stream = io.BytesIO(data)
    np.lib.format.read_magic(stream)  # 1.0 in all that has no long list of fields
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    array: NDArray = np.frombuffer(data, dtype, offset=stream.tell())
    return array.reshape(shape, order="F" if fortran else "C").copy()


def _safetensors(text: str, arrays: Mapping[str, NDArray]) -> bytes:
    package = _package()
    try:
        return package.save(dict(arrays), {"chainrule": text})  # type: ignore[no-any-return]
    except Exception as error:
        raise ValueError(f"safetensors can't hold this, .npz may: {error}") from error


def _from_safetensors(data: bytes) -> tuple[str | None, dict[str, NDArray]]:
    package = _package()
    try:
        arrays = {name: array.copy() for name, array in package.load(data).items()}
    except KeyError as error:
        raise ValueError(f"it has an array of dtype {error}, which NumPy lacks") from error
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return header.get("__metadata__", {}).get("chainrule"), arrays


def _package() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "files in the format safetensors need the package of that name: pip install "
            "safetensors; or use .npz, which needs nothing"
        ) from None
    return safetensors.numpy


class _Format(NamedTuple):
    packed: Callable[[str, Mapping[str, NDArray]], bytes]
    unpacked: Callable[[bytes], tuple[str | None, dict[str, NDArray]]]


FORMATS = {
    ".safetensors": _Format(_safetensors, _from_safetensors),
    ".npz": _Format(_npz, _from_npz),
}


def _format(path: FilePath) -> _Format:
    extension = os.path.splitext(os.fspath(path))[1]
    if extension not in FORMATS:
        raise ValueError(
            f"the name of a file ends in its format, one of {', '.join(FORMATS)}; got "
            f"{os.fspath(path)!r}"
        )
    return FORMATS[extension]
