"""The shape of the code: levels of imports, sizes of files and functions, foreign imports."""

import ast
import importlib
import io
import pathlib
import sys
import tokenize

import pytest

PACKAGE = pathlib.Path(__file__).parent.parent / "minikeras"
FILES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in FILES]

# A file imports from its own level and from lower ones. Longer prefixes win.
LEVELS = {
    "version": 0,
    "config": 0,
    "tree": 0,
    "console": 0,
    "tracebacks": 0,
    "files": 0,
    "guarded": 0,
    "lazy": 0,
    "backend": 1,
    "symbolic": 2,
    "ops": 3,
    "serialization": 4,
    "dtype_policies": 4,
    "random": 4,
    "initializers": 4,
    "regularizers": 4,
    "constraints": 4,
    "activations": 4,
    "losses": 4,
    "metrics": 4,
    "layers": 5,
    "optimizers": 5,
    "training": 5,
    "callbacks": 5,
    "mixed_precision": 5,
    "quantizers": 5,
    "models": 6,
    "saving": 7,
    "preprocessing": 7,
    "utils": 7,
    "datasets": 7,
    "display": 7,
    "distribution": 7,
    "distillation": 7,
    "export": 7,
    "applications": 7,
    "wrappers": 7,
    "visualization": 7,
    "testing": 7,
    "legacy": 8,
    "commands": 9,
    "__init__": 9,
    "__main__": 9,
}
# Imports from higher levels, inside functions, where a low-level name stands for high-level work.
UPWARDS = {
    ("backend", "symbolic.keras_tensor"),  # public names of `keras.backend` that belong above
    ("backend", "utils.session"),
    ("models", "saving.model_file"),  # so with `keras.models`
    ("backend.operand", "ops"),  # what operators call
    ("backend.variables", "initializers"),  # the first values of a variable, by name
    ("config", "dtype_policies"),  # the default policy is also a setting
    ("config", "serialization"),  # so is whether Python code in files is run
    ("models.model", "export"),  # the method export
    ("models.model", "saving"),  # the methods save, save_weights, load_weights
    ("serialization", "models.operation_names"),  # ops of a graph among other saved objects
    ("ops.image.elastic", "random.seed_generator"),  # the only op that draws random numbers
}
FOREIGN = {"keras", "tensorflow", "jax", "torch", "theano", "tf_keras", "mxnet", "flax"}
OPTIONAL = {
    "scipy", "h5py", "matplotlib", "onnx", "threadpoolctl", "mlxtend", "pandas", "PIL", "pydot",
    "sklearn", "yaml", "fsspec", "argcomplete",
}  # fmt: skip
MOST_LINES = 500
MOST_LINES_OF_A_FUNCTION = 80


def level_of(module):
    """The level of a dotted module name, without ``minikeras.`` in front."""
    parts = module.split(".")
    return LEVELS[parts[0]]


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(tree):
    """Pairs of an imported dotted name and whether it is imported when the file is."""
    at_import = _run_at_import(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in at_import
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports are absolute"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node in at_import


def _run_at_import(tree):
    """The nodes outside of functions, and of what only type checkers read."""
    found, open_nodes = set(), [tree]
    while open_nodes:
        node = open_nodes.pop()
        found.add(node)
        is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        is_told = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not is_function and not is_told:
            open_nodes.extend(ast.iter_child_nodes(node))
    return found


def docstring_lines(tree):
    """The numbers of the lines that docstrings take."""
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
                lines.update(range(first.lineno, first.end_lineno + 1))
    return lines


def code_lines(path):
    """The numbers of the lines that are neither blank nor comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    lines = set()
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped and token.type != tokenize.ENDMARKER:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - docstring_lines(ast.parse(text))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_imports_go_downwards(path):
    own = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    own_level = level_of(own)
    for name, at_import in imports_of(tree_of(path)):
        if name == "minikeras":
            assert own_level >= 7, f"{own} imports {name}"
        if not name.startswith("minikeras."):
            continue
        imported = name.removeprefix("minikeras.")
        is_known = any(own == low and imported.startswith(high) for low, high in UPWARDS)
        if not (is_known and not at_import):
            assert level_of(imported) <= own_level, f"{own} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_import_only_what_they_may(path):
    relative = path.relative_to(PACKAGE).as_posix()
    for name, at_import in imports_of(tree_of(path)):
        top = name.split(".")[0]
        assert top not in FOREIGN, f"{relative} imports {name}"
        assert not (top in OPTIONAL and at_import), f"{relative} imports {name} outside a function"
        if top in ("cupy", "cupyx"):
            assert relative == "backend/xp.py", f"{relative} imports {name}"
        known = {*sys.stdlib_module_names, *OPTIONAL, "minikeras", "numpy", "cupy", "cupyx"}
        assert top in known, f"{relative} imports {name}, which is no dependency"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_say_what_they_are_for(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    docstring = ast.get_docstring(tree_of(path))
    assert docstring, "a file begins with a docstring"
    assert lines[0].startswith(('"""', 'r"""')), "the docstring is on the first line"
    assert docstring.splitlines()[0].endswith("."), "its first line is a sentence"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_and_functions_are_short(path):
    lines = code_lines(path)
    assert len(lines) <= MOST_LINES
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            own = lines & set(range(node.lineno, node.end_lineno + 1))
            assert len(own) <= MOST_LINES_OF_A_FUNCTION, f"{node.name} has {len(own)} lines"


def test_every_folder_has_a_level():
    unknown = {name.split("/")[0].removesuffix(".py") for name in NAMES} - set(LEVELS)
    assert not unknown, "give new folders a level in this file and in docs/architecture.md"


def test_names_in_all_are_there():
    """Some are imported when they are first asked for, which pyright cannot see."""
    missing = []
    for path in FILES:
        if "__all__" in path.read_text(encoding="utf-8"):
            relative = path.relative_to(PACKAGE.parent).with_suffix("")
            name = ".".join(relative.parts).removesuffix(".__init__")
            module = importlib.import_module(name)
            missing += [
                f"{name}.{n}" for n in getattr(module, "__all__", ()) if not hasattr(module, n)
            ]
    assert missing == []
