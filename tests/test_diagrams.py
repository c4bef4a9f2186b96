"""Pictures of networks and curves: nothing overlaps, nothing is cut, every number is the one that the page prints."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import tracer
from tracer.explain.chart import axis
from tracer.explain.curves import drawable_activations
from tracer.explain.diagram_content import MOST_UNITS
from tracer.explain.drawing import Drawing, Label
from tracer.explain.drawn_text import drawn
from tracer.explain.lesson import Lesson, lesson
from tracer.explain.notation import NOTATIONS
from tracer.publish.environment import package_folder, styles
from tracer.publish.picture_text import svg, tikz
from tracer.publish.pictures import asking, draw, drawing_for, left_out
from tracer.publish.render import page, render_to
from tracer.publish.story import read_story
from tracer.run.loading import built_in

SIZES = [(2, 2, 1), (2, 2, 2), (3, 4, 1), (4, 6, 3)]
MOMENTS = [
    "start",
    "z1/2",
    "a1",
    "z2+a2+E",
    "delta2",
    "dw2+db2",
    "dw1+db1",
    "w1_new+b1_new+w2_new+b2_new",
    "again",
    "end",
]
SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


def network(sizes: tuple[int, ...], **more: Any) -> dict[str, Any]:
    """A problem with layers of these sizes and made-up numbers."""
    draw = random.Random(3)

    def numbers(count: int) -> list[float]:
        return [round(draw.uniform(-1, 1), 2) for _ in range(count)]

    layers = [
        {"activation": "sigmoid", "weights": [numbers(above) for _ in range(below)], "bias": numbers(above)}
        for below, above in itertools.pairwise(sizes)
    ]
    return {
        "title": "A network",
        "data": {"inputs": numbers(sizes[0]), "targets": [abs(target) for target in numbers(sizes[-1])]},
        "layers": layers,
        "training": {"loss": "half-squared-error", "rate": 0.5},
    } | more


def told(problem: Any, **how: Any) -> Lesson:
    return lesson(tracer.load(problem) if isinstance(problem, dict) else problem, **how)


def pictures() -> dict[str, Drawing]:
    """Every size in every moment, in several notations, and the ways of a weight."""
    made: dict[str, Drawing] = {}
    for sizes, (number, notation) in itertools.product(SIZES, enumerate(("mazur", "gokadin", "plain"))):
        one = told(network(sizes), notation_name=notation, shown=(9, 3, "4sf")[number])
        name = f"{'-'.join(map(str, sizes))} {notation}"
        made |= {f"{name} {until}": one.diagram(until) for until in MOMENTS}
        made[f"{name} ways"] = one.ways("layer1.w[1,2]")
    made["wide"] = told(network((20, 12, 10)), notation_name="plain").diagram("a2")
    for name in ("hmkcode", "eoj-softmax", "han-kamber", "gokadin-xor"):
        made[name] = told(name).diagram("end")
    made["curve"] = told("mazur", steps=40).curve("E")
    made["activation"] = told("mazur").curve("sigmoid")
    made["weights"] = told("trask-3-4-1", steps=30).curve("w1")
    return made


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    return pictures()


# -- nothing overlaps, nothing is cut


def overlapping(boxes: list[tuple[str, Box]], slack: float = 0.0) -> list[tuple[str, str]]:
    """The texts of all pairs of boxes that share more than `slack` pixels in both directions."""
    found = []
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        if min(a[2], b[2]) - max(a[0], b[0]) > slack and min(a[3], b[3]) - max(a[1], b[1]) > slack:
            found.append((one, other))
    return found


def cut(boxes: list[tuple[str, Box]], width: float, height: float) -> list[str]:
    return [
        text for text, (left, top, right, bottom) in boxes if left < 0 or top < 0 or right > width or bottom > height
    ]


def boxes_of(labels: tuple[Label, ...]) -> list[tuple[str, Box]]:
    return [(label.text.plain, label.box) for label in labels]


def test_no_two_labels_overlap_and_none_is_cut_by_our_own_measure(drawings: dict[str, Drawing]) -> None:
    for name, one in drawings.items():
        boxes = boxes_of(one.labels)
        assert overlapping(boxes, slack=3.0) == [], name  # an index below a line may reach between the letters under it
        assert cut(boxes, one.width, one.height) == [], name


def test_values_stay_inside_their_cells(drawings: dict[str, Drawing]) -> None:
    for name, one in drawings.items():
        for label in one.labels:
            left, _, right, _ = label.box
            for box in one.boxes:
                if box.x < label.x < box.x + box.width and box.y < label.y < box.y + box.height:
                    assert box.x <= left and right <= box.x + box.width, (name, label.text.plain)


COLUMN = 704  # pixels for a picture in an HTML page


@pytest.mark.parametrize("problem", built_in())
def test_type_can_be_read_where_a_page_shrinks_a_picture_of_nine_digits(problem: str) -> None:
    one = told(problem, shown=9)
    if not one.pictured:
        return
    for drawing in (one.diagram("end"), one.diagram("again") if one.update else one.diagram()):
        smallest = min(label.size for label in drawing.labels if label.role != "note")
        assert smallest * min(1, COLUMN / drawing.width) >= 9


MEASURE = """
<script>
const found = {};
for (const svg of document.querySelectorAll("svg")) {
  const box = svg.viewBox.baseVal;
  found[svg.parentNode.id] = {size: [box.width, box.height], labels: [...svg.querySelectorAll("text.label")].map(
    text => { const b = text.getBBox(); return [text.textContent, [b.x, b.y, b.x + b.width, b.y + b.height]]; })};
}
document.body.innerHTML = "";
document.body.textContent = JSON.stringify(found);
</script>
"""


@pytest.fixture(scope="module")
def measured(drawings: dict[str, Drawing], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Chromium says of the labels of pictures; skips where there is none, unless everything is required."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        if os.environ.get("TRACER_REQUIRE_ALL") == "1":
            pytest.fail("chromium is missing, and TRACER_REQUIRE_ALL is 1")
        pytest.skip("chromium is missing")
    folder = tmp_path_factory.mktemp("browser")
    inside = "".join(f'<div id="{name}">{svg(one, f"n{at}")}</div>' for at, (name, one) in enumerate(drawings.items()))
    (folder / "all.html").write_text(f"<!doctype html><meta charset=utf-8><body>{inside}{MEASURE}", encoding="utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", (folder / "all.html").as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    text = re.search(r"<body>(\{.*\})\s*</body>", done.stdout, re.DOTALL)
    assert text, done.stdout[:500]
    found: dict[str, Any] = json.loads(text[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    return found


@pytest.mark.others
def test_no_two_labels_overlap_and_none_is_cut_in_a_browser(
    drawings: dict[str, Drawing], measured: dict[str, Any]
) -> None:
    assert set(measured) == set(drawings)
    for name, one in measured.items():
        boxes = [(text, tuple(box)) for text, box in one["labels"]]
        assert len(boxes) == len(drawings[name].labels)
        # A browser's box of a line is higher than its letters (by a fifth of the type), so lines one below the other
        # share some of it.
        assert overlapping(boxes, slack=4.0) == [], name
        assert cut([(text, box) for text, box in boxes], *one["size"]) == [], name


def test_text_is_never_wider_than_we_think(drawings: dict[str, Drawing], measured: dict[str, Any]) -> None:
    for name, one in measured.items():
        for (text, box), label in zip(one["labels"], drawings[name].labels, strict=True):
            assert box[2] - box[0] <= label.width + 1.5, (name, text)  # slanted letters lean out


# -- numbers


def numbers_in(text: str) -> list[str]:
    return re.findall(r"−?\d+\.\d+(?:×10−?\d+)?", text)


@pytest.mark.parametrize("notation", ["mazur", "gokadin", "nielsen", "pytorch"])
@pytest.mark.parametrize("until", ["end", "again"])
def test_every_number_is_one_that_the_trace_has_as_it_is_printed(notation: str, until: str) -> None:
    one = told(network((3, 4, 2)), notation_name=notation, shown=5)
    reading = one._reading
    if until == "again":
        reading = type(reading)(reading.trace, reading.notation, reading.digits, 2)
    printed = set()
    for name in reading.network.shapes:
        if name in {*reading.trace.after, *reading.network.given} or until == "end":
            for places in reading.elements(name):
                printed.add(drawn(reading.printed(name, places)[1].tex()).plain)
    seen = [number for label in one.diagram(until).labels for number in numbers_in(label.text.plain)]
    assert len(seen) > 30 and set(seen) <= printed


def test_the_numbers_of_a_picture_are_those_of_its_page() -> None:
    text, files = page("gokadin", "markdown", images=Path("there"))
    shown = set(re.findall(r"\d+\.\d+", text))
    for path, made in files.items():
        if path.name.startswith("curve-"):
            continue  # ticks are round numbers; the points stand in a table
        texts = ["".join(item.itertext()) for item in ET.fromstring(made).iter(f"{SVG}text")]
        assert {number.lstrip("−") for item in texts for number in numbers_in(item)} <= shown, path


def test_numbers_appear_when_they_are_computed() -> None:
    def words(until: str) -> str:
        return " ".join(label.text.plain for label in told("mazur").diagram(until).labels)

    assert "0.3775" not in words("start") and "0.3775" in words("z1/1")
    assert "0.3925" not in words("z1/1") and "0.3925" in words("z1/2")
    assert "0.138498562" not in words("E") and "0.138498562" in words("delta2")
    assert "0.082167041" not in words("delta2") and "0.082167041" in words("dw2")
    assert "0.358916480" not in words("dw1") and "0.358916480" in words("end")


def test_the_step_is_marked_in_colour_weight_and_dash() -> None:
    def marked(until: str) -> set[tuple[str, bool]]:
        one = told("mazur").diagram(until)
        return {(item.role, item.current) for item in one.strokes if item.current and item.curved}

    assert marked("start") == set()
    assert marked("z1") == {("forward", True)}
    assert marked("dw2") == {("backward", True)} == marked("delta1")
    assert marked("w1_new") == {("update", True)}
    made = tracer.diagram("mazur", until="dw2")
    assert re.search(r"\.stroke\.backward \{ stroke: #b84a00; stroke-dasharray", made)
    assert re.search(r"\.current \{ stroke-width: 2\.6", made)


@pytest.mark.parametrize(("weight", "lit"), [("w1", 1 + 2), ("w5", 1), ("layer2.w[2,1]", 1)])
def test_all_ways_of_a_weight_are_lit_and_the_rest_is_pale(weight: str, lit: int) -> None:
    one = told("mazur").ways(weight)
    edges = [item for item in one.strokes if item.curved]
    assert sum(item.current for item in edges) == lit
    assert all(item.current != item.pale for item in edges)


# -- the text of a picture


@pytest.mark.others
def test_pictures_are_well_formed_and_the_same_each_time(drawings: dict[str, Drawing]) -> None:
    again = pictures()
    for name, one in drawings.items():
        made = svg(one)
        assert made == svg(again[name]) and tikz(one) == tikz(again[name])
        root = ET.fromstring(made)
        assert root.attrib["role"] == "img"
        title, description = root.attrib["aria-labelledby"].split()
        named = {item.attrib["id"]: item.text for item in root.iter() if "id" in item.attrib}
        assert named[title] == one.title and named[description] == one.description
        assert all(key.startswith(root.attrib["id"]) for key in named)
        assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
        assert "var(" not in made and "context-stroke" not in made and "http" not in made.replace(SVG[1:-1], "")
        assert not re.search(
            r"\d\.\d\d", re.sub(r"<(title|desc|tspan).*?</\1>|<style>.*?</style>|opacity.*", "", made, flags=re.DOTALL)
        )


def test_a_picture_is_the_same_each_time() -> None:
    assert tracer.diagram("mazur", until="delta2") == tracer.diagram("mazur", until="delta2")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", 'a & b "c" ]]> &lt;', "tab\tbell\x07\ud800 end", "{{ 7 * 7 }}"]
)
def test_hostile_titles_are_escaped(text: str) -> None:
    one = told(network((2, 2, 1), title=text))
    assert "<script" not in svg(one.diagram())
    root = ET.fromstring(svg(one.diagram()).encode("utf-8"))
    assert not list(root.iter(f"{SVG}script"))
    title = root.findtext(f"{SVG}title")
    assert title is not None and text.replace("\t", " ")[:5] in title
    assert text not in tikz(one.diagram())


def test_wide_networks_are_drawn_small() -> None:
    one = told(network((20, MOST_UNITS, 7)))
    words = [label.text.plain for label in one.diagram("end").labels]
    assert words.count("⋮") == 2 and "20 units in all" in words and "7 units in all" in words
    assert not one.pictured and told(network((6, 6, 6))).pictured


# -- curves


def test_ticks_are_round() -> None:
    assert axis([0.0, 1.0]).ticks == (0, 0.2, 0.4, 0.6, 0.8, 1)
    assert axis([-0.3, 4.1]).ticks == (-1, 0, 1, 2, 3, 4, 5)
    assert axis([3.0, 3.0]).ticks[0] < 3 < axis([3.0, 3.0]).ticks[-1]
    assert axis([1, 500], tight=True).ticks == (100, 200, 300, 400, 500)
    assert axis([1e-9, 1.0], log=True).log and not axis([0.0, 1.0], log=True).log and not axis([0.1, 1.0], log=True).log


def test_a_curve_says_what_the_run_made() -> None:
    one = told("mazur", steps=100)
    made = one.curve("E")
    assert f"At step 1: Etotal {one.error_at(1)}. At step 101: Etotal {one.error_at(101)}." == made.description
    with pytest.raises(tracer.TracerError, match="at least two steps"):
        told("mazur", step=1).curve("w1")


def test_every_activation_of_one_number_has_a_curve_and_the_same_table() -> None:
    for name in drawable_activations():
        problem = network((2, 2, 1))
        problem["layers"][0]["activation"] = name
        one = told(problem, shown=4)
        ET.fromstring(svg(one.curve(name)))
        (_, table), *_ = one.curved_activations
        middle = next(row for row in table.rows if row[0] == "$0$")
        z = told({"equations": ["a = 1 / (1 + exp(-z))"], "values": {"z": 0}})
        if name == "sigmoid":
            assert middle == ("$0$", f"${z.number('a')}$", f"${z.number('dz')}$")


# -- stories


def test_gokadin_has_a_picture_at_each_of_its_ten_steps() -> None:
    text, files = page("gokadin", "markdown", images=Path("there"))
    steps = re.split(r"^### Step ", text, flags=re.MULTILINE)[1:]
    assert len(steps) == 10 and all("](there/network-" in step for step in steps)
    assert len(files) == 12  # and one of the forward pass after the update, and the curve of the activation


def test_mazur_has_the_network_and_the_way_of_a_weight_of_each_layer() -> None:
    text, _ = page("mazur", "markdown", images=Path("there"))
    wanted = ["network-start", "curve-sigmoid", "ways-w2-1-1", "ways-w1-1-1"]
    assert re.findall(r"\(there/(.*)\.svg\)", text) == wanted
    for file, sentence in (("ways-w2-1-1", "Take $w_{5}$."), ("ways-w1-1-1", "Take $w_{1}$.")):
        assert sentence in text.partition(file)[0].split("###")[-1]


TRAINED = network((2, 3, 2)) | {
    "training": {"loss": "half-squared-error", "rate": 0.5, "steps": 12, "metrics": ["accuracy"]}
}
TRAINED["data"] = {"inputs": [[0.1, 0.5], [0.6, -1]], "targets": [[1, 0], [0, 1]]}


@pytest.mark.parametrize("style", styles())
def test_a_page_that_tells_a_training_has_its_curves_and_their_data(style: str) -> None:
    text, _ = page(TRAINED, "markdown", style=style, notation_name="plain", images=Path("there"))
    assert re.findall(r"\(there/curve-(.*)\.svg\)", text) == ["sigmoid", "E", "acc", "w1", "w2"]
    trace = tracer.trace(TRAINED)
    for name in ("w1", "w2"):
        rows = text.partition(f"curve-{name}.svg")[2].split("\n\n")[1].split("\n")[2:]
        steps = [int(row.split("|")[1]) for row in rows]
        assert steps[0] == 1 and steps[-1] == 12 and len(steps) <= 10
        for step, row in zip(steps, rows, strict=True):
            cells = [float(cell.strip(" $")) for cell in row.split("|")[2:-1]]
            assert sorted(cells) == pytest.approx(sorted(trace.value(name, step).ravel()), abs=6e-7)


def test_a_single_step_has_no_curves_over_the_steps() -> None:
    text, files = page("mazur", "markdown", images=Path("there"))
    assert not [path for path in files if path.name.startswith(("curve-E", "curve-w"))] and "Meanwhile" not in text


def test_pages_without_a_folder_have_no_pictures_and_no_captions() -> None:
    for style in styles():
        text = tracer.render("gokadin", style=style)
        assert "![" not in text and "trace:" not in text and "The network with its weights" not in text


def test_a_picture_that_is_left_out_leaves_no_trace() -> None:
    tokens = left_out(
        read_story("one\n\n![c](trace:diagram/a1)\n\ntwo ![c](trace:diagram) three\n\n- ![c](trace:diagram)\n")
    )
    assert not list(asking(tokens))
    kinds = [token.type for token in tokens]
    assert kinds.count("paragraph_open") == kinds.count("paragraph_close") == 2


def test_pictures_lie_beside_the_page_or_where_they_are_wanted(tmp_path: Path) -> None:
    render_to(tmp_path / "my page.md", "gokadin")
    links = re.findall(r"\((my%20page-images/[^)]*)\)", (tmp_path / "my page.md").read_text(encoding="utf-8"))
    assert len(links) == 12
    assert {path.name for path in (tmp_path / "my page-images").iterdir()} == {link.split("/")[1] for link in links}
    render_to(tmp_path / "other.md", "gokadin", images=tmp_path / "all")
    assert "(all/network-start.svg)" in (tmp_path / "other.md").read_text(encoding="utf-8")
    assert "](all/network-a1.svg)" in page("gokadin", "markdown", images="all", beside=Path("here.md"))[0]


def test_pictures_that_a_page_no_longer_has_are_removed(tmp_path: Path) -> None:
    page, folder = tmp_path / "page.md", tmp_path / "page-images"
    render_to(page, "gokadin")
    assert len(list(folder.iterdir())) == 12
    render_to(tmp_path / "page.html", "cs231n-circuit")
    render_to(page, "cs231n-circuit", images=tmp_path / "elsewhere")
    assert len(list(folder.iterdir())) == 12  # these pages do not own the folder
    render_to(page, "mazur")
    assert len(list(folder.iterdir())) == 4
    render_to(page, "cs231n-circuit")
    assert not folder.exists()


@pytest.mark.parametrize("name", ["mine.txt", "mine.svg", "curve-E.svg", "folder/", "link.svg"])
def test_a_folder_with_anything_foreign_keeps_all_its_files(tmp_path: Path, name: str) -> None:
    page, folder = tmp_path / "page.md", tmp_path / "page-images"
    render_to(page, "gokadin")
    foreign = folder / name
    if name.endswith("/"):
        foreign.mkdir()
    elif name == "link.svg":
        foreign.symlink_to(folder / "network-start.svg")
    else:
        foreign.write_text('<svg xmlns="http://www.w3.org/2000/svg"><!-- by hand --></svg>\n', encoding="utf-8")
    before = sorted(path.name for path in folder.iterdir())
    render_to(page, "cs231n-circuit")
    assert sorted(path.name for path in folder.iterdir()) == before and len(before) == 13


def test_a_page_is_not_written_where_its_pictures_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    for folder in (tmp_path / "taken", tmp_path / "no" / "folder"):
        with pytest.raises(tracer.TracerError) as caught:
            render_to(tmp_path / "page.md", "gokadin", images=folder)
        assert caught.value.code == "T501" and str(folder) in str(caught.value)
    with pytest.raises(tracer.TracerError, match="T501"):
        render_to(tmp_path / "none" / "page.md", "gokadin", images=tmp_path / "pictures")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken"]


BAD = {
    "trace:diagrm": "picture trace:diagrm: there is no picture 'diagrm'.\nDid you mean 'diagram'?   [T301]",
    "trace:diagram/z1/3": "picture trace:diagram/z1/3, z1/3: there is no unit '3'.\nExpected 1 to 2.   [T301]",
    "trace:diagram/w1": "picture trace:diagram/w1, w1: no step computes this.\n",
    "trace:ways/z1[1]": "picture trace:ways/z1[1], z1[1]: this is no weight and no bias.\n",
    "trace:ways/layer1.w": "picture trace:ways/layer1.w, layer1.w: this is no single weight.\n",
    "trace:curve/sigmod": "picture trace:curve/sigmod, sigmod: there is no curve of this.\nDid you mean 'sigmoid'?",
}


@pytest.mark.parametrize("address", BAD)
def test_a_bad_address_is_one_clear_error(address: str) -> None:
    with pytest.raises(tracer.TracerError) as caught:
        draw(told("mazur"), read_story(f"![caption]({address})"))
    assert str(caught.value).startswith(BAD[address])


NONSENSE = ["trace:", "trace:diagram/ ", "trace:diagram/E/2", "trace:diagram/%00", "trace:ways/w1+w2", "trace:ways/"]
NONSENSE += ["trace:diagram/" + "9" * 200, "trace:diagram/z1/" + "9" * 5000]


@pytest.mark.parametrize("address", NONSENSE)
def test_other_nonsense_too(address: str) -> None:
    with pytest.raises(tracer.TracerError):
        drawing_for(told("mazur"), address)


def test_equations_alone_have_no_network() -> None:
    with pytest.raises(tracer.TracerError, match="no layers to draw"):
        tracer.diagram("cs231n-circuit")
    assert "![" not in page("cs231n-circuit", "markdown", images=Path("there"))[0]


def test_the_article_has_its_pictures_in_place() -> None:
    text = tracer.render("gokadin", format="latex")
    assert text.count(r"\begin{tikzpicture}") == 12 and r"\usepackage{tikz}" in text
    assert "tikz" not in tracer.render("cs231n-circuit", format="latex")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_can_be_drawn(notation: str) -> None:
    for until in ("end", "again"):
        one = told("han-kamber", notation_name=notation).diagram(until)
        assert overlapping(boxes_of(one.labels), slack=3.0) == []


def test_the_folder_of_templates_holds_what_is_used() -> None:
    assert {path.name for path in (package_folder() / "diagram").iterdir()} == {"picture.svg.j2", "picture.tex.j2"}
