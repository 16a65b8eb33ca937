"""Writes old_preprocessing_ERA.npz: what keras.preprocessing of then makes of the cases.

    python tests/golden/old_preprocessing.py 1 FOLDER   # the unpacked sources of Keras 1.2.2
    python tests/golden/old_preprocessing.py 2   # where keras-preprocessing 1.1.0 is

Era 3 needs no file: the tests ask the modules that Keras 3 still carries.
"""

import importlib
import importlib.util
import os
import pathlib
import sys
import tempfile
import types
import warnings

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import old_preprocessing_cases as cases  # noqa: E402


def modules_of_1(folder):
    """The three modules from sources of Keras 1.2.2, without the rest of it."""
    backend = types.ModuleType("old.backend")
    backend.floatx, backend.image_dim_ordering = lambda: "float32", lambda: "tf"
    backend.epsilon = lambda: 1e-7
    for name in ("old", "old.preprocessing"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = []
    sys.modules["old"].backend = sys.modules["old.backend"] = backend
    found = []
    for name in ("image", "sequence", "text"):
        path = pathlib.Path(folder, "keras", "preprocessing", f"{name}.py")
        spec = importlib.util.spec_from_file_location(f"old.preprocessing.{name}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append(module)
    return found


def modules_of_2():
    names = "image", "sequence", "text"
    return [importlib.import_module(f"keras_preprocessing.{name}") for name in names]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    era = int(sys.argv[1])
    if era == 1:  # it took files in the order of the file system
        walk = os.walk
        os.walk = lambda *a, **k: ((f, d, sorted(n)) for f, d, n in walk(*a, **k))
        resize = Image.Image.resize  # by the nearest pixel, as Pillow did then
        Image.Image.resize = lambda self, size: resize(self, size, Image.Resampling.NEAREST)
    modules = modules_of_1(sys.argv[2]) if era == 1 else modules_of_2()
    arrays = {}
    with tempfile.TemporaryDirectory() as folder:
        cases.write_folders(folder)
        for name, run in cases.cases(era, *modules, folder).items():
            for i, leaf in enumerate(cases.leaves(run())):
                arrays[f"{name}|{i}"] = leaf
    np.savez_compressed(HERE / f"old_preprocessing_{era}.npz", **arrays)
    print(len(arrays), "arrays")
