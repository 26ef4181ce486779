"""Maps what is served at a socket: arrays outlive the buffers they are over."""

import gc
import sys

import dmacopy
import numpy

with dmacopy.receive(sys.argv[1]) as [buffer]:
    tensors = buffer.tensors
    names = sorted(tensors)
    arrays = {name: tensors[name].array() for name in names}
    dtypes = {name: tensors[name].dtype for name in names}
    try:
        tensors["none"]
        sys.exit("there is no such tensor")
    except KeyError:
        pass
    whole = buffer.map()
del tensors, buffer
gc.collect()
for name in names:
    value = arrays[name]
    assert not value.flags.writeable
    print(name, dtypes[name], value.dtype, value.shape, value.ravel("K")[:2].tolist())
print(len(whole))
if tuple(map(int, numpy.__version__.split(".")[:2])) >= (2, 1):
    taken = numpy.from_dlpack(arrays["f32"])
    assert numpy.array_equal(taken, arrays["f32"], equal_nan=True)
