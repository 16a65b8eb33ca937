"""Compare all rows with real Keras and write the tables of docs/compatibility.md anew.

    python -m tests.oracle [arguments of pytest]

Nothing is written if a row fails.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs" / "compatibility.md"
BEGIN = "<!-- The tables below are written by `python -m tests.oracle`. -->"
PRECISIONS = ("float32", "float64", "float16")


def main():
    tests = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests").glob("test_oracle_*.py"))
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-m", "long or not long", *tests, *sys.argv[1:]]
        environment = {**os.environ, "MINIKERAS_COMPARISONS": folder}
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if code:
            return code
        found = _largest(pathlib.Path(folder).glob("*.jsonl"))
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    PAGE.write_text(text + BEGIN + "\n\n" + tables(found), encoding="utf-8")
    return 0


def _largest(files):
    """``{name: ({what was compared}, {dtype: largest difference})}``."""
    found = collections.defaultdict(lambda: (set(), {}))
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            name, what, dtype, apart = json.loads(line)
            compared, largest = found[name]
            compared.add(what)
            if dtype in PRECISIONS:
                largest[dtype] = max(largest.get(dtype, 0.0), apart)
    return found


def tables(found):
    """One table a namespace, as Markdown."""
    namespaces = collections.defaultdict(list)
    for name in sorted(found):
        namespace, _, short = name.rpartition(".")
        namespaces[namespace].append((short, *found[name]))
    pieces = []
    for namespace, rows in sorted(namespaces.items()):
        pieces.append(f"### `keras.{namespace}`\n")
        pieces.append(f"| name | compared | {' | '.join(PRECISIONS)} |")
        pieces.append("|---" * (2 + len(PRECISIONS)) + "|")
        for short, compared, largest in rows:
            cells = (f"{largest[p]:.0e}" if p in largest else "" for p in PRECISIONS)
            pieces.append(f"| `{short}` | {', '.join(sorted(compared))} | {' | '.join(cells)} |")
        pieces.append("")
    return "\n".join(pieces)


if __name__ == "__main__":
    sys.exit(main())
