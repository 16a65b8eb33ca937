"""The README: its code runs, its commands are those that the checks run, it names the package."""

import pathlib
import re
import tomllib

import keras
import numpy as np

import minikeras as mk

ROOT = pathlib.Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_code_runs_and_real_keras_opens_what_it_saves(tmp_path, monkeypatch):
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 14
    monkeypatch.chdir(tmp_path)
    np.random.seed(0)
    mk.utils.set_random_seed(0)
    names = {}
    exec(code, names)
    assert names["model"].history.history["accuracy"][-1] > 0.7
    theirs = keras.saving.load_model(tmp_path / "model.keras")
    found = names["model"].predict(names["x"], verbose=0)
    np.testing.assert_allclose(theirs.predict(names["x"], verbose=0), found, atol=1e-5)


def test_commands_are_single_lines_that_the_checks_can_run():
    commands = [line for block in blocks("bash") for line in block.splitlines()]
    assert len(commands) == 2
    assert "python examples/mnist_lenet.py" in commands[0]
    assert "--group test && python -m pytest" in commands[1]


def test_nobody_is_told_to_install_another_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] in TEXT
    for path in [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.py")]:
        assert "pip install minikeras" not in path.read_text(encoding="utf-8")


def test_links_lead_somewhere():
    for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:")):
                assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_versions_agree():
    assert f"## {mk.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {mk.__version__}\n" in citation
