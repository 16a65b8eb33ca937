"""Rows of ops/rearranging.py: axes reordered, split and joined as a pattern says."""

from tests.oracle.row import row
from tests.oracle.samples import floats, integers

T = floats(2, 3, 4)
IMAGES = floats(2, 4, 6, 1)

ROWS = [
    row("rearrange", T, "a b c -> c (a b)"),
    row("rearrange", integers(3, 4), "a b -> b a"),
    row("rearrange", IMAGES, "b (h p) (w q) c -> b h w (p q c)", p=2, q=3),
    row("rearrange", IMAGES, "b h w c -> (b h) w c"),
    row("rearrange", IMAGES, "b (h1 h) w c -> (h1 b) h (c w)", h=2),
    row("rearrange", T, "a b c -> (a b c)"),
    row("rearrange", floats(0, 4), "a (b c) -> c a b", b=2),
    row("rearrange", T, pattern="a b (c d) -> a (c b) d", c=2, d=2),
]
