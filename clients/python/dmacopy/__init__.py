"""Receives the buffers that `dmacopy copy --serve` and `--exec` hand over.

    import dmacopy

    with dmacopy.receive("/run/model.sock") as buffers:
        for buffer in buffers:
            print(buffer.name, buffer.bytes, buffer.fd)
            with buffer.reading() as memory:
                print(bytes(memory[:4]))

Needs Python 3.9 on Linux, and nothing else.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import mmap
import os
import socket
import struct
import types
import typing
import weakref
from collections.abc import Iterable, Iterator, Mapping

if typing.TYPE_CHECKING:
    import numpy

# linux/dma-buf.h
_DMA_BUF_IOCTL_SYNC = 0x40086200
_SYNC_READ = 1
_SYNC_END = 4

_MAX_DESCRIPTORS = 253  # SCM_MAX_FD
_FIRST_DESCRIPTOR = 3  # sd_listen_fds(3)
_F_GET_SEALS = 1034  # linux/fcntl.h
_F_SEAL_SHRINK = 2
_TIMEOUT_SECONDS = 10
_MAX_SIZE = 2**53 - 1  # the largest number that any JSON reader knows exactly
_MAX_MANIFEST_BYTES = 64 << 20


#: The entry of a manifest for a buffer, or for a part of one: docs/manifest.md has its fields.
Info = dict[str, typing.Any]


class Buffer:
    """A buffer that another process filled. Closing it closes it here only."""

    def __init__(self, fd: int, info: Info) -> None:
        self.fd = fd
        #: The entry in the manifest: name, kind, bytes, capacityBytes, verified, xxh64, layout.
        self.info = info

    @property
    def name(self) -> str:
        """The file's name."""
        return typing.cast(str, self.info["name"])

    @property
    def bytes(self) -> int:
        """The end of the content; the buffer is this size, rounded up to whole pages."""
        return int(self.info["bytes"])

    @contextlib.contextmanager
    def reading(self) -> Iterator[memoryview]:
        """The content as a read-only memoryview; don't keep parts of it."""
        if self.bytes == 0:
            yield memoryview(b"")
            return
        with mmap.mmap(self.fd, self.bytes, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
            self._sync(_SYNC_READ)
            try:
                with memoryview(memory) as view:
                    yield view
            finally:
                self._sync(_SYNC_READ | _SYNC_END)

    def map(self) -> memoryview:
        """The content as a read-only memoryview that lasts as long as anything made of it.

        It outlives close(): an array over it keeps it, too. A dma-buf is held for the CPU's reading
        until then; with a device that writes in between, use reading().
        """
        if self.bytes == 0:
            return memoryview(b"")
        memory = mmap.mmap(self.fd, self.bytes, mmap.MAP_SHARED, mmap.PROT_READ)
        if self.info["kind"] != "memfd":
            self._sync(_SYNC_READ)
            weakref.finalize(memory, _end_reading, os.dup(self.fd))
        return memoryview(memory)

    @property
    def tensors(self) -> Tensors:
        """The tensors of its layout, by their names: `buffer.tensors["blk.0.q"].array()`."""
        return Tensors([self])

    def part(self, name: str) -> Info:
        """The layout's entry for the tensor `name`: bufferOffset, bytes, tensor.

        KeyError if it has none, or two: either could be the wrong one.
        """
        parts = [
            part for part in self.info["layout"] if part.get("tensor", {}).get("name") == name
        ]
        if len(parts) > 1:
            paths = " and ".join(part["path"] for part in parts)
            raise KeyError(f"{self.name} has {len(parts)} tensors {name!r} in its layout: {paths}")
        if not parts:
            raise KeyError(f"{self.name} has no tensor {name!r} in its layout")
        return typing.cast(Info, parts[0])

    def _sync(self, flags: int) -> None:
        if self.info["kind"] != "memfd":
            fcntl.ioctl(self.fd, _DMA_BUF_IOCTL_SYNC, struct.pack("=Q", flags))

    def close(self) -> None:
        """Closes the descriptor. Closing twice is harmless."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _end_reading(fd: int) -> None:
    try:
        fcntl.ioctl(fd, _DMA_BUF_IOCTL_SYNC, struct.pack("=Q", _SYNC_READ | _SYNC_END))
    finally:
        os.close(fd)


#: NumPy's names for the types of elements.
_NUMPY_TYPES = {
    **{"F16": "<f2", "F32": "<f4", "F64": "<f8", "BOOL": "?", "I8": "i1", "U8": "u1"},
    **{"I16": "<i2", "U16": "<u2", "I32": "<i4", "U32": "<u4", "I64": "<i8", "U64": "<u8"},
}
#: NumPy lacks these types: the array has the bits of their elements. Packed types come as bytes.
_BITS = {"BF16": "<u2", "F8_E4M3": "u1", "F8_E5M2": "u1"}


class Tensor:
    """A tensor in a buffer, straight from the shared memory, and valid after its close()."""

    def __init__(self, part: Info, memory: memoryview) -> None:
        #: The element's type as the model's file calls it: F32, BF16, Q4_K.
        self.dtype: str = part["tensor"]["dtype"]
        #: The number of elements along each axis, in the order of the model's file.
        self.shape = tuple(int(length) for length in part["tensor"]["shape"])
        #: GGUF has the axis whose elements are adjacent first, as Fortran does.
        self.order: typing.Literal["F", "C"] = "F" if part["path"].endswith(".gguf") else "C"
        start = int(part["bufferOffset"])
        #: Its bytes, read-only.
        self.data = memory[start : start + int(part["bytes"])]

    def array(self) -> numpy.ndarray[typing.Any, typing.Any]:
        """A NumPy array of the tensor's shape over the shared memory; flat bytes for a packed type.

        BF16 comes as uint16 and 8-bit floats as uint8: `dtype` still says what they are.
        """
        import numpy

        code = _NUMPY_TYPES.get(self.dtype) or _BITS.get(self.dtype)
        if code is None:
            return numpy.frombuffer(self.data, numpy.uint8)
        return numpy.frombuffer(self.data, numpy.dtype(code)).reshape(self.shape, order=self.order)

    def __array__(self, dtype: typing.Any = None, copy: bool | None = None) -> typing.Any:
        """For numpy.asarray()."""
        array = self.array()
        converts = dtype is not None and array.dtype != dtype
        if converts and self.dtype not in _NUMPY_TYPES:
            raise ValueError(f"NumPy has no type {self.dtype}: convert the bits of array()")
        if converts and copy is False:
            raise ValueError(f"a tensor of {self.dtype} can't change its type without a copy")
        return array.astype(dtype or array.dtype) if converts or copy else array

    def __dlpack__(self, **options: typing.Any) -> typing.Any:
        """For from_dlpack() of libraries that take read-only memory; needs NumPy 2.1 or later.

        BufferError if NumPy or the other library is too old for that.
        """
        array = self.array()
        try:
            return array.__dlpack__(**options)
        except (BufferError, TypeError) as error:  # TypeError: NumPy before 2.1 has no options
            raise BufferError(
                "DLPack passes read-only memory only between NumPy 2.1 or later and a library that "
                "asks for DLPack 1.0: give it array(), as in torch.from_numpy(tensor.array())"
            ) from error

    def __dlpack_device__(self) -> typing.Any:
        return self.array().__dlpack_device__()


class Tensors(Mapping[str, Tensor]):
    """The tensors of buffers by their names. Those of a buffer share one mapping."""

    def __init__(self, buffers: Iterable[Buffer]) -> None:
        self._buffers = [(buffer, buffer.map()) for buffer in buffers]

    def __getitem__(self, name: str) -> Tensor:
        having = [(buffer, memory) for buffer, memory in self._buffers if name in _names(buffer)]
        if not having:
            raise KeyError(f"there is no tensor {name!r} in the buffers' layouts")
        if len(having) > 1:
            names = " and ".join(buffer.name for buffer, _ in having)
            raise KeyError(f"{len(having)} buffers have a tensor {name!r}: {names}")
        [(buffer, memory)] = having
        return Tensor(buffer.part(name), memory)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for buffer, _ in self._buffers for name in _names(buffer)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _names(buffer: Buffer) -> list[str]:
    return [part["tensor"]["name"] for part in buffer.info["layout"] if "tensor" in part]


class Buffers(list[Buffer]):
    """Buffers in the manifest's order; as a context manager it closes them."""

    @property
    def tensors(self) -> Tensors:
        """The tensors of all of them, by their names."""
        return Tensors(self)

    def __enter__(self) -> Buffers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        for buffer in self:
            buffer.close()


def receive(path: str | os.PathLike[str]) -> Buffers:
    """The buffers of the server at the socket `path`. OSError if no server listens there."""
    fds = array.array("i")
    parts: list[bytes] = []
    length = 0
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_TIMEOUT_SECONDS)
            client.connect(os.fspath(path))
            while True:
                data, got, _, _ = socket.recv_fds(
                    client, 65536, _MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
                )
                fds.extend(got)
                if not data:
                    break
                parts.append(data)
                length += len(data)
                if length > _MAX_MANIFEST_BYTES:
                    raise ValueError(f"the message from {path} is too long for a manifest")
        if not parts:
            raise ValueError(f"the server at {path} refuses this client")
        infos = parse_manifest(b"".join(parts))
        if len(infos) != len(fds):
            raise ValueError(f"{len(fds)} of {len(infos)} descriptors came from {path}")
        for fd, info in zip(fds, infos):
            if _is_memfd(fd) and not fcntl.fcntl(fd, _F_GET_SEALS) & _F_SEAL_SHRINK:
                raise ValueError(f"{info['name']} from {path} could be cut short: it is not sealed")
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    return Buffers(Buffer(fd, info) for fd, info in zip(fds, infos))


def parse_manifest(data: bytes) -> list[Info]:
    """A manifest's entries for the buffers. ValueError if it is invalid, or of another version."""
    try:
        manifest = json.loads(data.decode(), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("the manifest nests too deeply") from error
    version = manifest.get("dmacopy") if isinstance(manifest, dict) else None
    if version != 1 or isinstance(version, bool):
        raise ValueError("this is not a manifest of dmacopy, or its version is unknown")
    infos = manifest.get("buffers")
    if not isinstance(infos, list) or not all(map(_is_buffer, infos)):
        raise ValueError("the manifest lacks a field, or has one of a wrong type")
    return infos


def _refuse_constant(name: str) -> typing.NoReturn:
    raise ValueError(f"the manifest is not JSON: it has {name}")


def _is_size(value: typing.Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= _MAX_SIZE and value == int(value)


def _is_buffer(info: typing.Any) -> bool:
    if not isinstance(info, dict) or info.get("kind") not in ("memfd", "udmabuf", "dmabuf"):
        return False
    layout = info.get("layout")
    return (
        isinstance(info.get("name"), str)
        and _is_size(info.get("bytes"))
        and _is_size(info.get("capacityBytes"))
        and info["bytes"] <= info["capacityBytes"]
        and isinstance(info.get("verified"), bool)
        and "xxh64" in info
        and (info["xxh64"] is None or isinstance(info["xxh64"], str))
        and isinstance(layout, list)
        and all(_is_part(part, info["bytes"]) for part in layout)
    )


def _is_part(part: typing.Any, end: float) -> bool:
    return (
        isinstance(part, dict)
        and isinstance(part.get("path"), str)
        and all(_is_size(part.get(key)) for key in ("fileOffset", "bufferOffset", "bytes"))
        and part["bufferOffset"] + part["bytes"] <= end
        and ("tensor" not in part or _is_tensor(part["tensor"]))
    )


def _is_tensor(tensor: typing.Any) -> bool:
    return (
        isinstance(tensor, dict)
        and all(isinstance(tensor.get(key), str) for key in ("name", "dtype"))
        and isinstance(tensor.get("shape"), list)
        and all(map(_is_size, tensor["shape"]))
    )


def inherited() -> Buffers:
    """The buffers that `copy --exec` started this program with, if it did."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return Buffers()
    manifest = os.environ.get("DMACOPY_MANIFEST")
    if manifest is None:
        return Buffers()
    with open(f"/proc/self/fd/{int(manifest)}", "rb") as file:
        infos = parse_manifest(file.read())
    return Buffers(Buffer(fd, info) for fd, info in enumerate(infos, _FIRST_DESCRIPTOR))


def _is_memfd(fd: int) -> bool:
    return os.readlink(f"/proc/self/fd/{fd}").startswith("/memfd:")
