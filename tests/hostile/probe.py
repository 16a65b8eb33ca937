"""Loads files under observation, each in a process of its own: ``python -m tests.hostile.probe``.

Reads lines of JSON from standard input, ``{"folder": ..., "code": ..., "secrets": ...}``: the code
is run in the folder, with ``k`` for minikeras. Answers each with a line that says what happened:
the exception, time, memory at its height, and events that files must not cause.
"""

import contextlib
import importlib
import json
import os
import sys
import tempfile
import time
import traceback

# Events of Python that loading a file must not cause. Files may be opened within the folder.
_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
    "os.symlink", "os.link", "ctypes.", "code.__new__", "compile", "exec", "marshal.loads",
    "pickle.find_class", "urllib.Request", "ftplib.", "webbrowser.", "open",
)  # fmt: skip
# Code that makes code of its own: imports, and programs of recorded steps.
_OWN_CODE = ("<frozen importlib", "backend/program/replay.py", "/collections/__init__.py")
_MOST_MEMORY, _MOST_SECONDS = 3 << 30, 20


def _is_own():
    frame = sys._getframe(2)
    while frame is not None:
        if any(mark in frame.f_code.co_filename for mark in _OWN_CODE):
            return True
        frame = frame.f_back
    return False


def _is_allowed(event, args, case):
    if event == "exec":
        return getattr(args[0], "co_filename", "") == _NAME
    if event != "open":
        return False
    if not isinstance(args[0], (str, bytes)):
        return True
    path = os.path.realpath(os.fsdecode(args[0]))
    is_inside = path.startswith(os.path.realpath(case["folder"]) + os.sep)
    return is_inside and os.path.basename(path) not in case["secrets"]


def _observed(case):
    import resource

    import minikeras as k

    os.chdir(case["folder"])
    tempfile.tempdir = os.path.join(case["folder"], "tmp")
    os.mkdir(tempfile.tempdir)
    events, is_over = [], []

    def hook(event, args):
        if is_over or not event.startswith(_FORBIDDEN):
            return
        if not _is_allowed(event, args, case) and not _is_own():
            events.append(f"{event} {str(args)[:200]}")

    with contextlib.suppress(ValueError, OSError):  # not every system can
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    found = {"error": None, "message": ""}
    sys.addaudithook(hook)
    start = time.process_time()  # whatever else the machine does
    try:
        exec(_CODES[case["code"]], {"k": k})
    except BaseException as error:
        found = {
            "error": type(error).__name__,
            "family": [cls.__name__ for cls in type(error).__mro__],
            "message": str(error),
        }
    found["seconds"] = time.process_time() - start
    is_over.append(True)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    found["events"] = events
    return found


_CODES, _NAME = {}, "<case>"


def _warm_up(k):
    """Import what is imported on use, for imports open files."""
    model = k.Sequential([k.Input((4,)), k.layers.Dense(2)])
    model.compile("adam", "mse", metrics=["accuracy"])
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/warm.keras")
        k.saving.load_model(f"{folder}/warm.keras")
        model.save_weights(f"{folder}/warm.weights.h5")
        model.load_weights(f"{folder}/warm.weights.h5")
    importlib.import_module("yaml")


def _answer(case):
    """The result of a case, found in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            result = json.dumps(_observed(case))
        except BaseException:
            result = json.dumps({"error": "probe", "message": traceback.format_exc()})
        with os.fdopen(writer, "w") as pipe:
            pipe.write(result)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return text or json.dumps({"error": "crash", "message": str(status), "family": []})


def main():
    """Answer the lines of standard input."""
    import warnings

    import minikeras as k

    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # what loading prints
    _warm_up(k)
    for line in sys.stdin:
        case = json.loads(line)
        _CODES[case["code"]] = compile(case["code"], _NAME, "exec")
        print(_answer(case), file=answers, flush=True)


if __name__ == "__main__":
    main()
