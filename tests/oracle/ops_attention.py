"""Rows of attention: heads, groups of heads, masks, biases, causality and caps."""

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
HEADS = [draw.normal(2, n, 2, 3) for n in (2, 3, 3)]
GROUPED = [draw.normal(1, n, heads, 2) for n, heads in ((3, 4), (2, 2), (2, 2))]
ALLOWED = draw.uniform(2, 2, 2, 3) > 0.4
ALLOWED[..., 0] = True

UNGIVEN = {
    ("dot_product_attention", "attn_logits_soft_cap"): "the oracle has it on TPUs only; see "
    "test_attention_with_soft_cap"
}
ROWS = [
    # The oracle takes the softmax in float32.
    row("dot_product_attention", *heads, **settings).within(1e-6, dtype="float64")
    for heads, settings in (
        (HEADS, {}),
        (GROUPED, {}),
        (HEADS, {"scale": 0.25}),
        (HEADS, {"is_causal": True}),
        (HEADS, {"mask": ALLOWED}),
        (HEADS, {"mask": ALLOWED[:1, :1], "is_causal": True}),
        (HEADS, {"bias": draw.normal(1, 2, 2, 3)}),
        (HEADS, {"bias": draw.normal(2, 1, 1, 3), "mask": ALLOWED, "scale": 2.0}),
        (GROUPED, {"bias": draw.normal(1, 4, 3, 2)}),
        (GROUPED, {"mask": draw.uniform(1, 4, 3, 2) > 0.3}),
        (HEADS, {"flash_attention": False}),
        (HEADS, {"mask": ALLOWED[0, 0]}),
        (HEADS, {"mask": ALLOWED[:, 0]}),
        (HEADS, {"bias": draw.normal(2, 3)}),
        ([x[:0] for x in HEADS], {}),
        ([x[:, :1] for x in HEADS], {}),
    )
]
