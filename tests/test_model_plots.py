"""Pictures of models: what they show, against real Keras, and that all stands where it should."""

import html
import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.utils.diagrams import layout, model_graph, routes, svg

pydot = pytest.importorskip("pydot")
BOX = (60.0, 28.0)


# Models


def chain(k):
    layers = [k.layers.Dense(4, activation="relu", name="a"), k.layers.Dropout(0.5, name="b")]
    return k.Sequential([k.Input((3,), name="x"), *layers], name="chain")


def branches(k):
    x, z = k.Input((4, 4, 2), name="x"), k.Input((4, 4, 2), name="z")
    y = k.layers.Conv2D(2, 3, padding="same", name="a")(x)
    frozen = k.layers.BatchNormalization(name="b", trainable=False)(y)
    y = k.layers.Add(name="c")([x, frozen, z])
    y = k.ops.relu(y - 1.0)
    pooled = k.layers.GlobalMaxPooling2D(name="d")(y)
    return k.Model([x, z], [pooled, k.layers.Flatten(name="e")(y)], name="branches")


def encoder(k):
    x = k.Input((4,), name="inner")
    first = k.layers.Dense(3, name="first")(x)
    return k.Model(x, [k.layers.Dense(2, name="second")(first), first], name="encoder")


def nested(k):
    head = k.Sequential([k.Input((2,)), k.layers.Dense(3, name="h"), chain(k)], name="head")
    within, x = encoder(k), k.Input((4,), name="x")
    one, two = within(x)
    joined = k.layers.Concatenate(name="join")([head(one), two])
    return k.Model(x, [k.layers.Activation("tanh", name="t")(joined), one], name="nested")


def deep(k):
    x = k.Input((4,), name="x")
    inner = encoder(k)
    y = k.Input((4,), name="y")
    outer = k.Model(y, k.layers.Add(name="sum")([inner(y)[0], k.layers.Dense(2, name="d")(y)]),
                    name="outer")  # fmt: skip
    stack = k.Sequential([k.Input((2,)), k.layers.Dense(2, name="s1"), k.layers.ReLU(name="s2")],
                         name="stack")  # fmt: skip
    return k.Model(x, stack(outer(x)), name="deep")


def keyed(k):
    x = {name: k.Input((2,), name=name) for name in ("p", "q")}
    inner = {name: k.Input((2,), name=f"in_{name}") for name in ("p", "q")}
    total = k.layers.Add(name="sum")([inner["p"], inner["q"]])
    within = k.Model(inner, {"out": total, "half": k.layers.Dense(1, name="d")(total)}, name="w")
    found = within(x)
    return k.Model(x, k.layers.Concatenate(name="c")([found["half"], found["out"]]), name="keyed")


def siamese(k):
    within = encoder(k)
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    return k.Model([a, b], k.layers.Dot(1, name="dot")([within(a)[0], within(b)[1][:, :2]]))


def recurrent(k):
    x = k.Input((4,), name="x")
    shared, other = k.layers.Dense(4, name="shared"), k.layers.Dense(4, name="other")
    return k.Model(x, other(other(shared(k.layers.ReLU(name="r")(shared(x))))), name="recurrent")


def subclassed(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__(name="own")
            self.inner = k.layers.Dense(2)

        def call(self, x):
            return self.inner(x)

    model = Own()
    model(k.ops.ones((2, 3)))
    return model


MODELS = [chain, branches, nested, deep, keyed, siamese, recurrent, subclassed]


# Against real Keras


def texts_and_edges(graph, model):
    """What a graph of pydot shows: texts by name, pairs of names, names of parts."""
    names = {str(id(operation)): operation.name for operation in operations(model)}
    texts, edges, clusters = {}, set(), set()
    open_graphs = [graph]
    while open_graphs:
        part = open_graphs.pop()
        open_graphs += part.get_subgraphs()
        clusters |= {s.get_label().strip('"') for s in part.get_subgraphs()}
        for node in part.get_nodes():
            if node.get_name() in names:
                plain = re.sub(r"<[^>]*>", " ", node.get("label")[1:-1])
                texts[names[node.get_name()]] = html.unescape(" ".join(plain.split()))
        edges |= {(names[e.get_source()], names[e.get_destination()]) for e in part.get_edges()}
    return texts, edges, clusters


def operations(model):
    yield model
    for operation in getattr(model, "operations", None) or getattr(model, "_operations", ()):
        yield from operations(operation)
    for layer in getattr(model, "layers", ()):
        yield from operations(layer)


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("make", MODELS)
def test_graphs_show_what_keras_shows(make, expand):
    ours, theirs = make(mk), make(keras)
    flags = ("shapes", "dtype", "layer_names", "layer_activations", "trainable")
    for chosen in ((), flags, *((flag,) for flag in flags)):
        arguments = {f"show_{flag}": flag in chosen for flag in flags}
        arguments["expand_nested"] = expand
        found = texts_and_edges(mk.utils.model_to_dot(ours, **arguments), ours)
        expected = texts_and_edges(keras.utils.model_to_dot(theirs, **arguments), theirs)
        for name, text in expected[0].items():
            if "?" in text:  # Keras does not tell shapes of what is called twice or on arrays
                assert found[0].pop(name).count("?") <= (make is subclassed and "dtype" in chosen)
            else:
                text = re.sub(r"dtype: {(.*)}", lambda m: "dtype: " + m[1].replace("'", ""), text)
                assert found[0].pop(name) == text
        assert found[0] == {}
        assert found[1:] == expected[1:]


def test_the_graph_has_the_attributes_asked_for():
    model = chain(mk)
    arguments = {"rankdir": "LR", "dpi": 70, "splines": "curved"}
    ours, theirs = (
        k.utils.model_to_dot(m, **arguments) for k, m in ((mk, model), (keras, chain(keras)))
    )
    for name in ("rankdir", "dpi", "splines", "concentrate"):
        assert ours.get(name) == theirs.get(name)
    part = mk.utils.model_to_dot(model, subgraph=True)
    assert isinstance(part, pydot.Cluster)
    assert part.get_name() == keras.utils.model_to_dot(chain(keras), subgraph=True).get_name()
    whole = mk.utils.model_to_dot(subclassed(mk))
    assert [n.get("label") is None for n in whole.get_nodes()] == [True, True, False]


def test_an_operation_in_two_places_is_two_nodes():
    shared = mk.layers.Dense(2, name="shared")
    parts = [mk.Sequential([mk.Input((2,)), shared], name=name) for name in "ab"]
    x = mk.Input((2,))
    graph = mk.utils.model_to_dot(mk.Model(x, parts[1](parts[0](x))), expand_nested=True)
    names = [n.get_name() for c in graph.get_subgraphs() for n in c.get_nodes()]
    assert names == [str(id(shared)), f"{id(shared)}_2"]
    assert (names[0], names[1]) in {
        (e.get_source(), e.get_destination()) for e in graph.get_edges()
    }


def test_shapes_of_all_calls_are_told():
    layer = mk.layers.Dense(2)
    a, b = mk.Input((3, 4)), mk.Input((4,))
    box = model_graph.Box(layer, model_graph.Shown(shapes=True), None)
    assert [cell.value for cell in box.rows[0]] == ["?", "?"]
    mk.Model([a, b], [layer(a), layer(b)])
    box = model_graph.Box(layer, model_graph.Shown(shapes=True), None)
    assert [cell.value for cell in box.rows[0]] == [
        "(None, 3, 4) or (None, 4)",
        "(None, 3, 2) or (None, 2)",
    ]


# Files


def elements(text):
    root = xml.etree.ElementTree.fromstring(text)
    return [(e.tag.rpartition("}")[2], e) for e in root.iter()]


@pytest.mark.parametrize(
    ("rankdir", "splines"),
    [*((d, "ortho") for d in layout.DIRECTIONS), *(("LR", s) for s in routes.STYLES[1:])],
)
@pytest.mark.parametrize("make", MODELS)
def test_svg_tells_all(make, rankdir, splines, tmp_path):
    model = make(mk)
    arguments = {
        "show_shapes": True,
        "show_dtype": True,
        "show_layer_names": True,
        "show_layer_activations": True,
        "show_trainable": True,
    }
    for expand in (False, True):
        path = tmp_path / "m.svg"
        picture = mk.utils.plot_model(
            model, path, rankdir=rankdir, splines=splines, expand_nested=expand, **arguments
        )
        found = elements(path.read_text(encoding="utf-8"))
        told = " ".join(e.text for tag, e in found if tag == "text").split()
        graph = mk.utils.model_to_dot(model, expand_nested=expand, **arguments)
        texts, edges, clusters = texts_and_edges(graph, model)
        words = [w for text in texts.values() for w in text.split()]
        assert sorted(told) == sorted(words + [w for name in clusters for w in name.split()])
        arrows = [e for tag, e in found if tag == "path" and e.get("d").endswith("z")]
        titles = [e for e in arrows if e.get("fill") == svg._TITLE_BACK]
        assert len(arrows) - len(titles) == len(edges)
        assert picture._repr_svg_() == path.read_text(encoding="utf-8")
        assert picture._repr_png_() is picture._repr_jpeg_() is None


def test_names_of_all_kinds_are_escaped():
    model = mk.Sequential([mk.Input((1,)), mk.layers.Dense(1, lambda x: x, name='<a & "b">')])
    picture = mk.utils.plot_model(
        model, None, show_layer_names=True, show_layer_activations=True, expand_nested=True
    )
    told = [e.text for tag, e in elements(picture.content) if tag == "text"]
    assert '<a & "b"> (Dense)' in told
    assert "<lambda>" in told
    label = mk.utils.model_to_dot(model, show_layer_activations=True).get_nodes()[-1].get("label")
    assert "&lt;lambda&gt;" in label


def test_sizes_follow_dpi():
    sizes = []
    for dpi in (200, 400):
        picture = mk.utils.plot_model(chain(mk), None, dpi=dpi)
        (_, root), *_ = elements(picture.content)
        sizes.append(float(root.get("width")))
        assert root.get("viewBox").split()[:2] == ["0", "0"]
    assert sizes[1] == pytest.approx(2 * sizes[0], abs=0.2)


@pytest.fixture
def graphviz(tmp_path, monkeypatch):
    """A program `dot` that says what it was asked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "dot"
    program.write_text(
        f"#!{sys.executable}\nimport sys\ngraph = sys.stdin.read()\n"
        "if sys.argv[1] == '-Txyz': sys.exit('no such format')\n"
        "print(sys.argv[1], len(graph), graph.count('->'))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.skipif(os.name == "nt", reason="a program is no script there")
def test_other_formats_are_left_to_graphviz(graphviz, tmp_path):
    model = branches(mk)
    for name, wanted in (("m.png", "png"), ("m.PDF", "pdf"), ("m", "png"), ("m.jpg", "jpg")):
        picture = mk.utils.plot_model(model, tmp_path / name)
        content = (tmp_path / name).read_bytes()
        assert content.split()[::2] == [f"-T{wanted}".encode(), b"9"]
        assert (picture.format, picture.content) == (wanted, content)
        shown = {"png": picture._repr_png_(), "jpg": picture._repr_jpeg_()}
        assert shown == {kind: content if kind == wanted else None for kind in shown}
    with pytest.raises(ValueError, match=r"format 'xyz': no such format"):
        mk.utils.plot_model(model, tmp_path / "m.xyz")
    assert not (tmp_path / "m.xyz").exists()


def test_a_graph_is_written_as_text(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    mk.utils.plot_model(chain(mk), tmp_path / "m.dot", show_layer_names=True)
    text = (tmp_path / "m.dot").read_text(encoding="utf-8")
    assert (text.count("->"), text.startswith("digraph")) == (1, True)


def test_without_graphviz_the_error_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ImportError, match=r"Install Graphviz .* to_file='model\.svg'"):
        mk.utils.plot_model(chain(mk), tmp_path / "m.png")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "IPython.core.magics.namespace", None)
        picture = mk.utils.plot_model(chain(mk), tmp_path / "m.png")
    assert picture._repr_svg_().startswith("<svg")
    assert "m.png was not written: plot_model needs the program `dot`" in capsys.readouterr().out
    assert not (tmp_path / "m.png").exists()
    monkeypatch.setitem(sys.modules, "pydot", None)
    for call in (
        lambda: mk.utils.plot_model(chain(mk), tmp_path / "m.png"),
        lambda: mk.utils.model_to_dot(chain(mk)),
    ):
        with pytest.raises(ImportError, match=r"keras-on-numpy\[plot\]"):
            call()
    mk.utils.plot_model(chain(mk), tmp_path / "m.svg")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rankdir": "down"}, ValueError, "rankdir must be one of"),
        ({"splines": "wild"}, ValueError, "splines must be one of"),
        ({"dpi": 0}, ValueError, "dpi must be above 0"),
        ({"layer_range": ("a", "b")}, ValueError, "no layer_range any more"),
        ({"width": 3}, TypeError, r"no arguments \['width'\]"),
    ],
)
def test_unfit_arguments_are_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        mk.utils.plot_model(chain(mk), None, **arguments)
    if "splines" not in arguments:
        with pytest.raises(error, match=message):
            mk.utils.model_to_dot(chain(mk), **arguments)
    mk.utils.plot_model(chain(mk), None, layer_range=None)


def test_models_must_be_built():
    for model in (mk.Sequential([mk.layers.Dense(1)]), mk.Model()):
        for draw in (mk.utils.plot_model, mk.utils.model_to_dot):
            with pytest.raises(ValueError, match="is not built"):
                draw(model)
    model = mk.Sequential([mk.layers.Dense(1, name="d")])
    model.build((None, 2))
    assert "(None, 2)" in mk.utils.plot_model(model, None, show_shapes=True).content
    part = mk.Sequential([mk.layers.Dense(1)], name="unbuilt")
    assert model_graph.Box(part, model_graph.Shown(shapes=True), None).rows[0][0].value == "?"


# Places


def diagram(members, edges, name="root"):
    """A group without a model."""
    group = object.__new__(model_graph.Group)
    group.name, group.members, group.edges = name, members, edges
    return group


def random_diagram(rng, depth, is_cyclic):
    """Boxes and groups with lines between any two."""
    members = [
        random_diagram(rng, depth - 1, is_cyclic)
        if depth and rng.random() < 0.3
        else object.__new__(model_graph.Box)
        for _ in range(rng.integers(1, 9))
    ]
    edges = []
    for _ in range(rng.integers(0, 14)):
        i, j = rng.integers(0, len(members), 2)
        if not is_cyclic:
            i, j = min(i, j), max(i, j)
        if i != j or (is_cyclic and isinstance(members[i], model_graph.Box)):
            ends = [list(model_graph.boxes_of(members[k])) for k in (i, j)]
            edges.append(tuple(boxes[rng.integers(len(boxes))] for boxes in ends))
    return diagram(members, list(dict.fromkeys(edges)), "a group of some length")


def holders(group, outer=()):
    """The groups that hold each box."""
    found = {}
    for member in group.members:
        if isinstance(member, model_graph.Box):
            found[member] = outer
        else:
            found |= holders(member, (*outer, member))
    return found


def overlap(one, other, room=0.01):
    (x, y, w, h), (x2, y2, w2, h2) = one, other
    return x + room < x2 + w2 and x2 + room < x + w and y + room < y2 + h2 and y2 + room < y + h


def spans(points):
    """The rectangles, without breadth, that a line of right angles takes."""
    for (x, y), (x2, y2) in itertools.pairwise(points):
        yield min(x, x2), min(y, y2), abs(x2 - x), abs(y2 - y)


@pytest.mark.parametrize("rankdir", layout.DIRECTIONS)
@pytest.mark.parametrize("is_cyclic", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_nothing_lies_upon_another(seed, is_cyclic, rankdir):
    rng = np.random.default_rng(seed)
    root = random_diagram(rng, 2, is_cyclic)
    sizes = {box: tuple(rng.uniform((40, 20), (160, 80))) for box in model_graph.boxes_of(root)}
    picture = layout.laid_out(root, sizes.get, lambda group: (90.0, 22.0), rankdir)
    places, borders = dict(picture.boxes), dict(picture.groups)
    assert set(places) == set(sizes)
    within = holders(root)
    for box, (x, y, width, height) in places.items():
        assert (width, height) == pytest.approx(sizes[box])
        assert -0.01 <= x <= picture.width - width + 0.01
        assert -0.01 <= y <= picture.height - height + 0.01
        for group, (left, top, breadth, depth) in borders.items():
            if group in within[box]:
                assert x > left
                assert x + width < left + breadth
                assert y >= top + 22.0 - 0.01
                assert y + height < top + depth
            else:
                assert not overlap(places[box], borders[group])
    for one, other in itertools.combinations(places.values(), 2):
        assert not overlap(one, other)
    edges = sorted_edges(root)
    assert len(picture.lines) == len(edges)
    remaining = list(edges)
    for points in picture.lines:
        ends = touching(points[0], places), touching(points[-1], places)
        assert ends in remaining
        remaining.remove(ends)
        for span in spans(points):
            assert min(span[2:]) < 1.01
            for box, place in places.items():
                assert not overlap(place, span, -0.5 if box not in ends else 0.01)
            allowed = {*within[ends[0]], *within[ends[1]]}
            assert not any(overlap(borders[g], span) for g in borders if g not in allowed)


def sorted_edges(group):
    edges = list(group.edges)
    for member in group.members:
        if not isinstance(member, model_graph.Box):
            edges += sorted_edges(member)
    return edges


def touching(point, places):
    """The box on whose border a point is."""
    x, y = point
    for box, (left, top, width, height) in places.items():
        if left <= x <= left + width and min(abs(y - top), abs(y - top - height)) < 0.01:
            return box
        if top <= y <= top + height and min(abs(x - left), abs(x - left - width)) < 0.01:
            return box
    raise AssertionError(f"no box at {point}")


def test_a_chain_is_straight():
    boxes = [object.__new__(model_graph.Box) for _ in range(6)]
    edges = [*itertools.pairwise(boxes), (boxes[0], boxes[4]), (boxes[1], boxes[3])]
    picture = layout.laid_out(diagram(boxes, edges), lambda box: BOX, None)
    middles = {x + w / 2 for _, (x, _, w, _) in picture.boxes}
    assert len(middles) == 1
    tops = [y for _, (_, y, _, _) in picture.boxes]
    assert tops == sorted(tops)


def test_lines_cross_as_little_as_they_can():
    """Two chains whose ends are told in the other order."""
    a, b, c, d = (object.__new__(model_graph.Box) for _ in range(4))
    picture = layout.laid_out(diagram([a, b, d, c], [(a, c), (b, d)]), lambda box: BOX, None)
    assert all(len({x for x, _ in points}) == 1 for points in picture.lines)


def test_a_large_network_is_drawn_soon():
    model = mk.applications.InceptionV3(weights=None, input_shape=(75, 75, 3), classes=3)
    picture = mk.utils.plot_model(model, None, show_shapes=True, show_layer_names=True)
    titles = [e.text for tag, e in elements(picture.content) if tag == "title"]
    assert titles[0] == "inception_v3"
    assert len(titles) == 1 + len(model.operations)


def test_branches_are_straight_and_stand_around_the_middle():
    start, end, *branches = (object.__new__(model_graph.Box) for _ in range(2 + 4 * 3))
    columns = [branches[3 * i : 3 * i + 3] for i in range(4)]
    edges = [(start, column[0]) for column in columns] + [(column[-1], end) for column in columns]
    edges += [pair for column in columns for pair in itertools.pairwise(column)]
    widths = {box: 50.0 + 20 * (i % 3) for i, box in enumerate(branches)} | {start: 60, end: 60}
    root = diagram([start, *branches, end], edges)
    picture = layout.laid_out(root, lambda box: (widths[box], 28.0), None)
    middle = {box: x + width / 2 for box, (x, _, width, _) in picture.boxes}
    for column in columns:
        assert max(middle[box] for box in column) - min(middle[box] for box in column) < 0.01
    assert middle[start] == pytest.approx(middle[end])
    assert middle[start] == pytest.approx(picture.width / 2)


def test_lanes_beside_one_another_do_not_cross():
    lanes, count = routes.tracks([(0, 20), (10, 30), (5, 5), (0, 40)])
    assert (lanes[1] < lanes[0], lanes[0] == lanes[3], count) == (True, True, 2)
    lanes, count = routes.tracks([(20, 0), (30, 10), (50, 60)])
    assert (lanes[0] < lanes[1], lanes[2], count) == (True, 0, 2)
    assert routes.tracks([(1, 1)]) == ([0], 0)


@pytest.mark.skipif(os.name == "nt", reason="a path of another form")
@pytest.mark.skipif(not os.path.exists("/usr/bin/dot"), reason="Graphviz is not here")
@pytest.mark.parametrize("make", MODELS)
def test_graphviz_draws_without_complaint(make, tmp_path):
    graph = mk.utils.model_to_dot(
        make(mk), show_shapes=True, show_layer_activations=True, expand_nested=True
    )
    done = subprocess.run(
        ["/usr/bin/dot", "-Tsvg"], input=graph.to_string().encode(), capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
