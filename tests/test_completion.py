"""The key Tab: what the shell is told by way of argcomplete."""

import functools
import io
import os
import subprocess
import sys

import argcomplete
import pytest

from minikeras.__main__ import main


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """A function that gives what is offered for the last word of a line, in a folder of files."""
    monkeypatch.chdir(tmp_path)
    for name in ("m.keras", "old.h5", "d.npz", "run.py", "notes.txt", ".hidden.keras"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "m2.keras").touch()

    def ask(line):
        stream = io.StringIO()
        answer = functools.partial(ask.autocomplete, exit_method=sys.exit, output_stream=stream)
        monkeypatch.setattr(argcomplete, "autocomplete", answer)
        monkeypatch.setattr(argcomplete.CompletionFinder, "_init_debug_stream", lambda self: None)
        for name, value in of_shell(f"python -m minikeras {line}").items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            main([])
        assert end.value.code == 0
        return stream.getvalue().split("\v") if stream.getvalue() else []

    ask.autocomplete = argcomplete.autocomplete
    return ask


def of_shell(line):
    """The environment in which a shell asks."""
    return {
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "_ARGCOMPLETE": "3",
        "_ARGCOMPLETE_SHELL": "bash",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "",
            "run.py sub/ inspect summary convert predict evaluate plot train bench",
        ),
        ("s", "sub/ summary"),
        ("--", "--help --era"),
        ("--era ", "1 2 3"),
        ("pre", "predict"),
        ("predict ", "m.keras old.h5 sub/"),
        ("predict .", ".hidden.keras"),
        ("predict sub/", "sub/m2.keras"),
        ("predict nowhere/", ""),
        ("predict m.keras ", "d.npz sub/"),
        ("predict m.keras d.npz --b", "--by-name --batch-size"),
        ("convert m.keras out --to keras2", "keras2 keras2-weights keras2-json"),
        ("convert m.keras n", "notes.txt"),
        ("evaluate m.keras d.npz --loss spars", "sparse_categorical_crossentropy"),
        ("evaluate m.keras d.npz --metrics mae mean_squ", "mean_squared_error "
         "mean_squared_logarithmic_error"),
        ("train --epochs 2 ", "run.py sub/"),
        ("train run.py n", "notes.txt"),
        ("run.py ", "d.npz m.keras notes.txt old.h5 run.py sub/"),
        ("--era 2 run.py --", ""),
        ("-m json.tool n", "notes.txt"),
    ],
)  # fmt: skip
def test_what_is_offered(line, expected, offered):
    assert offered(line) == expected.split()


def test_the_shell_finds_the_program_and_its_answer(tmp_path):
    subprocess.run([sys.executable, "-m", "argcomplete._check_module", "minikeras"], check=True)
    asked = of_shell("python -m minikeras inspect --")
    asked["_ARGCOMPLETE_STDOUT_FILENAME"] = str(tmp_path / "answer")
    ran = subprocess.run(
        [sys.executable, "-m", "minikeras"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0 and ran.stdout == ""
    assert (tmp_path / "answer").read_text().split("\v") == ["--help", "--json", "--traceback"]
