"""MATLAB files for tests: what scipy writes (version 5), and the same as MATLAB 7.3 lays it out in HDF5."""

from typing import Any

import h5py
import numpy as np
import scipy.io
from scipy.sparse import csc_array, issparse


def cell(items, shape=None):
    """A cell array, filled column by column."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array.reshape(shape or (1, len(items)), order="F")


def struct_array(rows, shape=None):
    """An array of structs with the same fields, filled column by column."""
    array = np.empty(len(rows), dtype=[(name, object) for name in rows[0]])
    for i, row in enumerate(rows):
        array[i] = tuple(row.values())
    return array.reshape(shape or (1, len(rows)), order="F")


def vector(*times):
    """A column of numbers."""
    return np.array(times, dtype=float).reshape(-1, 1)


class Version73:
    """Writes as MATLAB 7.3 does: dimensions backwards, cells and arrays of structs as references."""

    def __init__(self, path):
        self.file = h5py.File(path, "w", userblock_size=512)
        self.refs = self.file.create_group("#refs#")
        self.count = 0

    def put(self, name: str, value: Any, group: Any = None) -> None:
        """Write one variable, field or element."""
        group = self.file if group is None else group
        if isinstance(value, dict):
            made = group.create_group(name)
            made.attrs["MATLAB_class"] = np.bytes_("struct")
            for field, item in value.items():
                self.put(field, item, made)
        elif isinstance(value, str):
            codes = np.array([ord(c) for c in value], dtype=np.uint16)[:, None]
            group.create_dataset(name, data=codes).attrs["MATLAB_class"] = np.bytes_("char")
        elif issparse(value):
            matrix: Any = value
            self.put_sparse(name, csc_array(matrix), group)
        else:
            self.put_array(name, np.atleast_2d(value), group)

    def put_array(self, name, value, group):
        """Write numbers, cells or structs."""
        if value.size == 0:
            made = group.create_dataset(name, data=np.array(value.shape, dtype=np.uint64))
            made.attrs["MATLAB_class"] = np.bytes_("cell" if value.dtype == object else "double")
            made.attrs["MATLAB_empty"] = np.uint8(1)
        elif value.dtype.names:
            made = group.create_group(name)
            made.attrs["MATLAB_class"] = np.bytes_("struct")
            for field in value.dtype.names:
                self.put_references(field, value[field], made)
        elif value.dtype == object:
            self.put_references(name, value, group).attrs["MATLAB_class"] = np.bytes_("cell")
        else:
            group.create_dataset(name, data=value.T).attrs["MATLAB_class"] = np.bytes_("double")

    def put_references(self, name, value, group):
        """Write what an array of references points to."""
        made = group.create_dataset(name, shape=value.T.shape, dtype=h5py.ref_dtype)
        for index, item in np.ndenumerate(value):
            self.count += 1
            target = f"r{self.count}"
            self.put(target, item, self.refs)
            made[tuple(reversed(index))] = self.refs[target].ref
        return made

    def put_sparse(self, name, value, group):
        """Write a sparse matrix; one without a value has neither rows nor data."""
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("double")
        made.attrs["MATLAB_sparse"] = np.uint64(value.shape[0])
        made.create_dataset("jc", data=value.indptr.astype(np.uint64))
        if value.nnz:
            made.create_dataset("ir", data=value.indices.astype(np.uint64))
            made.create_dataset("data", data=value.data)


def save_v5(path, variables):
    """Write with scipy."""
    scipy.io.savemat(path, variables, do_compression=True)
    return path


def save_v73(path, variables):
    """Write as MATLAB 7.3."""
    writer = Version73(path)
    for name, value in variables.items():
        writer.put(name, value)
    writer.file.close()
    data = bytearray(path.read_bytes())
    head = b"MATLAB 7.3 MAT-file"
    data[: len(head)] = head
    path.write_bytes(data)
    return path


SAVERS = {"v5": save_v5, "v7.3": save_v73}
