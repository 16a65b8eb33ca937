"""Writing HDF5 files so that a full disk is an OSError."""

import contextlib
import io


@contextlib.contextmanager
def written(path):
    """An ``h5py.File`` that is written to ``path`` while the context is open.

    Raises:
        OSError: if not all of it could be written.
    """
    import h5py

    with _Output(path, "w+") as output:
        with h5py.File(output, "w") as file:
            yield file
        if output.error is not None:
            raise OSError(output.error.errno, output.error.strerror, path)


class _Output(io.FileIO):
    """A file that keeps the first error of writing to itself.

    The library of HDF5 may end the process where it cannot write on, while it closes a file.
    """

    error = None

    def write(self, data):
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view) and self.error is None:
            try:
                done += super().write(view[done:])
            except OSError as error:
                self.error = error
        return len(view)

    def truncate(self, size=None):
        if self.error is None:
            try:
                return super().truncate(size)
            except OSError as error:
                self.error = error
        return self.tell() if size is None else size
