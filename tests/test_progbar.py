"""The progress bar and other output: on terminals, in pipes, on streams that cannot show it."""

import io
import logging
import os
import pty
import re
import subprocess
import sys

import keras
import pytest

import minikeras as mk  # noqa: F401 - binds the backend before the oracle
from minikeras import console
from minikeras.callbacks.progbar import Progbar

SCRIPT = """
import sys, time
from minikeras.callbacks.progbar import Progbar
for epoch in range(2):
    bar = Progbar({target}, verbose={verbose}, interval=0)
    for step in range(1, 6):
        bar.update(step, [("loss", 1.0 / step), ("tiny", 1e-5)], finalize=False)
    bar.target = 5
    bar.update(5, [("loss", 0.2), ("val_loss", 0.25)], finalize=True)
"""
ENVIRONMENT = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": os.getcwd()}
LAST = r"5/5 \S+ \d+s \d+(us|ms|s)/step - loss: 0.2000 - tiny: 1.0000e-05 - val_loss: 0.2500"


def run(target=5, verbose=1, **environment):
    """What the script writes into a pipe."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(target=target, verbose=verbose)],
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


def run_in_terminal(target=5, verbose=1, columns=120):
    """What the script writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(target=target, verbose=verbose)],
        env={**ENVIRONMENT, "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"},
        stdout=follower,
    )
    os.close(follower)
    chunks = []
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # the terminal is gone with the process
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(leader)
    assert process.wait() == 0
    return b"".join(chunks).decode()


def without_colours(text):
    return re.sub(r"\x1b\[\d+m", "", text)


def on_screen(text):
    """The lines that a terminal shows in the end."""
    lines = []
    for line in without_colours(text).replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_on_a_terminal_the_line_is_written_over():
    text = run_in_terminal()
    assert text.count("\r") > 8
    assert "\x1b[32m━━━━" in text
    lines = on_screen(text)
    assert len(lines) == 3
    assert all(re.fullmatch(LAST, line) for line in lines[:2]), lines
    assert re.search(r"2/5 ━{20} \d+s \d+(us|ms)/step - loss: 0\.7500", without_colours(text))


def test_on_a_narrow_terminal_no_line_wraps_but_the_last():
    text = without_colours(run_in_terminal(columns=50))
    for line in text.replace("\r\n", "\n").split("\n"):
        assert all(len(part.rstrip()) <= 49 for part in line.split("\r")[1:-1])


def test_an_unknown_number_of_steps():
    text = without_colours(run_in_terminal(target=None))
    assert "      3/Unknown 0s" in text
    assert re.fullmatch(LAST, on_screen(text)[0])


def test_in_a_pipe_there_is_one_line_an_epoch():
    lines = run(PYTHONIOENCODING="utf-8").decode().splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(LAST, line) for line in lines), lines


def test_a_stream_without_such_characters_gets_ascii_ones():
    text = run(PYTHONIOENCODING="ascii").decode("ascii")
    assert text.startswith("5/5 ==================== ")


def test_verbose_2_is_a_line_an_epoch_and_0_is_silent():
    for text in (run(verbose=2).decode(), run_in_terminal(verbose=2)):
        first = text.splitlines()[0]
        assert re.fullmatch(r"5/5 - \d+s - .*/step - loss: 0.2000.* - val_loss: 0.2500", first)
        assert len(text.splitlines()) == 2
    assert run(verbose=0) == b""


def test_verbose_2_looks_as_in_keras(capsys):
    for bar in (Progbar(12, verbose=2), keras.utils.Progbar(12, verbose=2)):
        bar.update(12, [("loss", 0.5), ("tiny", 1e-4)])
    ours, theirs = capsys.readouterr().out.splitlines()
    assert re.sub(r"\d+[mu]?s", "T", ours) == re.sub(r"\d+[mu]?s", "T", theirs)


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("make", [lambda: None, closed], ids=["none", "closed"])
def test_a_missing_stream_is_no_error(make, monkeypatch):
    monkeypatch.setattr(sys, "stdout", make())
    bar = Progbar(2, interval=0)
    bar.add(1, [("loss", 1.0)])
    bar.add(1, [("loss", 1.0)])
    console.show("text")


def test_a_broken_pipe_is_an_error(monkeypatch):
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Broken())
    with pytest.raises(BrokenPipeError):
        console.show("text")


def test_without_interactive_logging_messages_go_to_the_log(capsys, caplog):
    console.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "minikeras"):
            bar = Progbar(2)
            bar.add(1, [("loss", 1.0)])
            bar.add(1, [("loss", 2.0)])
        assert not console.is_interactive_logging_enabled()
    finally:
        console.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    (record,) = caplog.records
    assert record.getMessage().startswith("2/2 ")


def test_figures_are_averaged_over_steps(capsys):
    def last(**kwargs):
        bar = Progbar(None, verbose=1, **kwargs)
        bar._rewrites = True
        bar.interval = 0
        bar.update(2, [("a", 1.0), ("b", 1.0)])
        bar.update(3, [("a", 4.0), ("b", 4.0)])
        return capsys.readouterr().out.split("\r")[-1]

    assert "a: 2.0000 - b: 2.0000" in last()
    assert "a: 4.0000 - b: 2.0000" in last(stateful_metrics=["a"])
    assert "a: 2.0000 - b: 4.0000" in last(stateless_metrics=["a"])
    with pytest.raises(ValueError, match="not both"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_small_and_long_times_are_readable(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr("minikeras.callbacks.progbar.time.perf_counter", lambda: now[0])

    def line(steps, seconds, target=1000, finalize=False):
        now[0] = 0.0
        bar = Progbar(target, interval=0)
        bar._rewrites = True
        bar.update(1, finalize=False)
        now[0] = seconds
        bar.update(steps, finalize=finalize)
        return capsys.readouterr().out.split("\r")[-1]

    assert "4:59 300ms/step" in line(2, 0.3)
    assert "2:46:20 10s/step" in line(2, 10.0)
    assert "0s 20us/step" in line(501, 0.01)
    assert "7s 4s/step" in line(3, 7.0, target=3, finalize=True)
