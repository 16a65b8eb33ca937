"""Runs the examples and keeps their pictures, small: `python examples/gallery.py docs/pictures`.

Names of examples behind the folder stand for those alone. Each runs in a process and in a folder of
its own; what it prints last is shown.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

EXAMPLES = pathlib.Path(__file__).parent
NOT_EXAMPLES = ("common", "gallery")
MOST_BYTES = 60_000
WIDEST = 900  # pixels


def names():
    """The names of all examples, in order."""
    return sorted(p.stem for p in EXAMPLES.glob("*.py") if p.stem not in NOT_EXAMPLES)


def shrink(path, target):
    """Write a picture as PNG of at most so many bytes: narrower if need be, and of few colours."""
    from PIL import Image

    with Image.open(path) as file:
        picture = file.convert("RGBA")
    width = min(picture.width, WIDEST)
    while True:
        size = (width, round(picture.height * width / picture.width))
        # The octree is the way of Pillow that keeps transparency.
        small = picture.resize(size, Image.Resampling.LANCZOS)
        small = small.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.save(target, optimize=True)
        if target.stat().st_size <= MOST_BYTES:
            return
        width = int(width * 0.93)


def run(name, folder):
    """Run an example, and put its picture into ``folder``; returns whether it went well."""
    script, start = EXAMPLES / f"{name}.py", time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, str(script)]
        # Products of such small matrices are quickest on one core.
        environment = {"OMP_NUM_THREADS": "1", **os.environ}
        done = subprocess.run(
            command, cwd=scratch, env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
        output = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
        print(f"{name} ({seconds:.0f} s): {output[-1] if output else ''}", flush=True)
        for picture in pathlib.Path(scratch, "output").glob("*.png"):
            shrink(picture, folder / picture.name)
    return done.returncode == 0


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="where the pictures go")
    parser.add_argument("names", nargs="*", help="some of the examples")
    arguments = parser.parse_args(words)
    unknown = set(arguments.names) - set(names())
    if unknown:
        parser.error(f"no examples: {sorted(unknown)}. There are: {', '.join(names())}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    went_well = [run(name, arguments.folder) for name in arguments.names or names()]
    sys.exit(not all(went_well))


if __name__ == "__main__":
    main()
