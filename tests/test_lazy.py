"""Names that are imported when they are first asked for, each time in a process of its own."""

import ast
import importlib
import os
import pathlib
import pkgutil
import subprocess
import sys

import pytest

import minikeras as mk

PACKAGE = pathlib.Path(mk.__file__).parent


def run(program):
    """What a program prints in a process of its own."""
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_little_is_imported_at_first():
    found = run("import minikeras, sys; print(*[m for m in sys.modules if 'minikeras' in m])")
    assert len(found) <= 20, found
    assert not {"minikeras.ops", "minikeras.layers", "minikeras.backend.autodiff"} & set(found)


FIRST = [
    "from minikeras.layers import Dense; assert Dense(3).units == 3",
    "import minikeras.layers; assert minikeras.layers.Dense(units=2).units == 2",
    "from minikeras import layers; layers.RandomFlip",
    "from minikeras.layers.core.dense import Dense; assert Dense(3).units == 3",
    "from minikeras import *; assert Sequential and layers.Dense and ops.add and legacy and alias",
    "from minikeras.layers import *; assert Dense and LSTM and RandomFlip and Input and add",
    "from minikeras.callbacks import *; assert TensorBoard and EarlyStopping",
    "import minikeras.optimizers as o; assert o.get('adam').beta_1 == 0.9",
    "import minikeras as k; assert k.losses.get('mse') is k.losses.mean_squared_error",
    "import minikeras as k; assert k.Model._repr_html_ and k.callbacks.History.plot",
    "import minikeras as k; assert k.Variable([1.0])._repr_html_()",
    "import minikeras as k; assert k.GradientTape and k.device('cpu') and k.function",
    "import minikeras as k; assert k.utils.normalize and k.utils.get_file.__name__ == 'get_file'",
    "import minikeras as k, pickle as p; assert p.loads(p.dumps(k.layers.Dense)) is k.layers.Dense",
    "import minikeras as k; k.saving.deserialize_keras_object("
    "{'module': 'keras.layers', 'class_name': 'Rescaling', 'config': {'scale': 2.0}})",
    "import minikeras as k, numpy as np; assert np.add(k.Variable([1.0]), 1)[0] == 2",
    "import minikeras as k; assert (k.Input((2,)) + 1).shape == (None, 2)",
    "import inspect as i, minikeras as k; assert i.signature(k.layers.Dense).parameters['units']",
    # Names and arguments of old.
    "import minikeras.backend as K; K.set_epsilon(e=1e-5); assert K.epsilon() == 1e-5",
    "import minikeras.backend as K; assert K.eval(K.variable(3.0)) == 3",
    "from minikeras.layers.core import Dense; assert Dense(units=3).units == 3",
    "from minikeras.engine.topology import get_source_inputs as f; assert f.__legacy_args__",
    "from minikeras.engine import Layer; import minikeras as k; assert Layer is k.layers.Layer",
    "import minikeras as k; assert k.objectives.mse is k.losses.mean_squared_error",
    "import minikeras as k; k.alias(names=('old',)); from old.layers.core import Dense; Dense(2)",
    "import minikeras.legacy as old; old.set_era(1); from minikeras.layers import Dense; Dense(2)",
    "from minikeras.legacy.layers.merge import Merge; assert Merge",
    "import minikeras as k; assert k.regularizers.WeightRegularizer",
]


@pytest.mark.parametrize("program", FIRST)
def test_whatever_comes_first(program):
    run(f"import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n{program}")


def test_arguments_of_old_whatever_comes_first():
    for first in ("from minikeras.layers import Dense", "from minikeras.layers.core import Dense"):
        scope = "import minikeras.legacy as old\nwith old.era_scope(1): layer = Dense(3, 'zero')"
        shown = "print(type(layer.kernel_initializer).__name__)"
        assert run("\n".join([first, scope, shown])) == ["Zeros"]


THREADS = """
import sys, threading
import minikeras as k
sys.setswitchinterval(1e-6)
names = [
    "layers", "losses", "optimizers", "metrics", "callbacks", "models", "ops", "initializers",
    "Sequential", "utils", "saving", "random", "backend", "legacy", "preprocessing", "GradientTape",
]
gate, found = threading.Barrier(2 * len(names)), []
def ask(name):
    gate.wait()
    found.append(getattr(k, name))
threads = [threading.Thread(target=ask, args=(name,)) for name in names * 2]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == len(threads)
for name in names:
    assert sum(thing is getattr(k, name) for thing in found) == 2, name
assert k.layers.Dense(3)(k.ops.ones((2, 4))).shape == (2, 3)
print("done")
"""


@pytest.mark.parametrize("attempt", range(3))
def test_threads_that_ask_at_the_same_time(attempt):
    assert run(THREADS) == ["done"]


def lazy_packages():
    """The modules that call `later`, with the tables that they hand it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == "later"
            ):
                relative = path.relative_to(PACKAGE.parent).with_suffix("")
                yield ".".join(relative.parts).removesuffix(".__init__"), path, node.args[1]


@pytest.mark.parametrize("name, path, table", [(n, p, t) for n, p, t in lazy_packages()])
def test_type_checkers_and_users_are_told_the_same(name, path, table):
    module = importlib.import_module(name)
    told = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                told |= {
                    (line.module, alias.name, alias.asname or alias.name) for alias in line.names
                }
    stated = set()
    for home, names in ast.literal_eval(table).items():
        for entry in names.split():
            own, _, there = entry.partition("=")
            stated.add((f"minikeras.{home}" if home else name, there or own, own))
    assert told == stated
    assert {own for _, _, own in stated} <= set(dir(module))
    assert all(getattr(module, own) is not None for _, _, own in stated)


@pytest.mark.parametrize("name, path, table", [(n, p, t) for n, p, t in lazy_packages()])
def test_no_name_is_that_of_a_module(name, path, table):
    """The import of such a module would put it in the place of the name."""
    if path.name == "__init__.py":
        modules = {module.name for module in pkgutil.iter_modules([str(path.parent)])}
        names = {
            n.partition("=")[0]
            for home, ns in ast.literal_eval(table).items()
            if home
            for n in ns.split()
        }
        assert not names & modules
