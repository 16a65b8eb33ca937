"""Settings: keras.json, environment variables, and what importing minikeras brings with it."""

import json
import os
import stat
import subprocess
import sys

import pytest

import minikeras as mk

PRINT = """
import json
from minikeras import config
print(json.dumps([config.floatx(), config.epsilon(), config.image_data_format(),
                  config.backend(), config.home()]))
"""
DEFAULTS = ["float32", 1e-7, "channels_last", "numpy"]


def python(code, home=None, **environment):
    """Run ``code`` in a fresh interpreter without settings from outside."""
    kept = {k: v for k, v in os.environ.items() if k not in ("KERAS_HOME", "KERAS_BACKEND")}
    if home is not None:
        kept["KERAS_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "PYTHONPATH": os.getcwd(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def settings(home, **environment):
    """The settings of a fresh interpreter, and what it wrote to standard error."""
    done = python(PRINT, home, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def write(home, content):
    path = home / "keras.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path):
    assert settings(tmp_path) == ([*DEFAULTS, str(tmp_path)], "")
    assert not os.listdir(tmp_path)


def test_the_file_is_read_and_never_written(tmp_path):
    stated = {
        "floatx": "float64",
        "epsilon": 1e-5,
        "image_data_format": "channels_first",
        "backend": "numpy",
        "something_else": 3,
    }
    path = write(tmp_path, stated)
    before = path.read_text(), path.stat().st_mtime_ns
    assert settings(tmp_path)[0][:4] == ["float64", 1e-5, "channels_first", "numpy"]
    assert (path.read_text(), path.stat().st_mtime_ns) == before


def test_some_keys_are_enough(tmp_path):
    write(tmp_path, {"epsilon": 0})
    assert settings(tmp_path)[0][:4] == ["float32", 0.0, "channels_last", "numpy"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not valid JSON"),
        ("", "is not valid JSON"),
        ("[1]", "must hold one JSON object"),
        ({"floatx": "float31"}, "key 'floatx': floatx must be one of"),
        ({"floatx": 32}, "key 'floatx': floatx must be one of"),
        ({"floatx": "bfloat16"}, "NumPy has no bfloat16"),
        ({"epsilon": "small"}, "key 'epsilon': epsilon must be a number"),
        ({"epsilon": -1}, "key 'epsilon': epsilon must be a number"),
        ({"epsilon": True}, "key 'epsilon': epsilon must be a number"),
        ({"image_data_format": "th"}, "key 'image_data_format'"),
        ({"image_data_format": None}, "key 'image_data_format'"),
        ({"backend": "abacus"}, "key 'backend': backend must be one of"),
        ({"backend": ["numpy"]}, "key 'backend': backend must be one of"),
    ],
)
def test_a_broken_file_is_named(tmp_path, content, message):
    path = write(tmp_path, content)
    done = python(PRINT, tmp_path)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "ConfigurationError" in last
    assert str(path) in last
    assert message in last


def test_the_environment_wins_over_the_file(tmp_path):
    write(tmp_path, {"backend": "abacus", "epsilon": 1e-3})
    found, errors = settings(tmp_path, KERAS_BACKEND="numpy")
    assert (found[1], found[3], errors) == (1e-3, "numpy", "")


def test_an_empty_environment_variable_says_nothing(tmp_path):
    assert settings(tmp_path, KERAS_BACKEND="")[0][3] == "numpy"


def test_an_unknown_backend_in_the_environment_is_named(tmp_path):
    done = python(PRINT, tmp_path, KERAS_BACKEND="abacus")
    assert done.returncode != 0
    assert "the environment variable KERAS_BACKEND" in done.stderr


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch", "theano"])
def test_a_foreign_backend_is_replaced_with_one_notice(tmp_path, backend):
    write(tmp_path, {"backend": backend})
    found, errors = settings(tmp_path)
    assert found[3] == "numpy"
    assert errors.count(f"'{backend}'") == 1
    assert len(errors.splitlines()) == 1


def test_home_without_keras_home_is_in_the_users_folder(tmp_path):
    assert settings(None, HOME=str(tmp_path))[0][4] == str(tmp_path / ".keras")
    assert not os.listdir(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_home_that_cannot_be_written_is_replaced(tmp_path):
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    found = settings(None, HOME=str(home), TMPDIR=str(temporary))[0][4]
    assert found == str(temporary / ".keras")


def test_a_home_that_does_not_exist_is_replaced(tmp_path):
    found, errors = settings(None, HOME=str(tmp_path / "nowhere"), TMPDIR=str(tmp_path))
    assert (found[4], errors) == (str(tmp_path / ".keras"), "")


def test_a_file_in_place_of_the_home_is_no_error(tmp_path):
    (tmp_path / "home").write_text("")
    assert settings(tmp_path / "home")[0][:4] == DEFAULTS


def test_settings_can_be_changed_and_are_checked():
    config = mk.config
    former = config.floatx(), config.epsilon(), config.image_data_format()
    try:
        config.set_floatx("float16")
        config.set_epsilon(1)
        config.set_image_data_format("channels_first")
        assert (config.floatx(), config.epsilon()) == ("float16", 1.0)
        assert config.image_data_format() == "channels_first"
        for change, value in (
            (config.set_floatx, "int8"),
            (config.set_epsilon, "a"),
            (config.set_image_data_format, "rows"),
        ):
            with pytest.raises(ValueError, match="Received"):
                change(value)
        assert config.floatx() == "float16"
    finally:
        config.set_floatx(former[0])
        config.set_epsilon(former[1])
        config.set_image_data_format(former[2])


HEAVY = ("scipy", "h5py", "pandas", "matplotlib", "keras", "tensorflow", "jax", "torch", "cupy")


def test_importing_minikeras_brings_nothing_heavy(tmp_path):
    code = f"import sys, minikeras; print([m for m in {HEAVY} if m in sys.modules])"
    done = python(code, tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
