"""Opening data sets by kind, and ALTO and PAGE folders with images here and there."""
import numpy as np
import pytest
from PIL import Image

from ocr.datasets.iam import IamDataset
from ocr.datasets.opening import DATA_SETS, open_dataset, report
from ocr.datasets.ground_truth import image_size
from ocr.errors import DatasetError
from ocr.page.geometry import Box

ALTO = """<?xml version="1.0" encoding="UTF-8"?><alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description>
<MeasurementUnit>pixel</MeasurementUnit><sourceImageInformation><fileName>{image}</fileName></sourceImageInformation>
</Description><Layout><Page ID="p" WIDTH="200" HEIGHT="100" PHYSICAL_IMG_NR="0"><PrintSpace HPOS="0" VPOS="0" WIDTH="200"
HEIGHT="100"><TextBlock ID="b" HPOS="10" VPOS="10" WIDTH="150" HEIGHT="40"><TextLine ID="l" HPOS="10" VPOS="10" WIDTH="150"
HEIGHT="30" BASELINE="10 35 160 36"><Shape><Polygon POINTS="10 10 160 10 160 40 10 40"/></Shape>
<String CONTENT="{text}" HPOS="10" VPOS="10" WIDTH="150" HEIGHT="30"/></TextLine></TextBlock></PrintSpace></Page></Layout>
</alto>"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Metadata><Creator>t</Creator>
<Created>2020-01-01T00:00:00</Created><LastChange>2020-01-01T00:00:00</LastChange></Metadata>
<Page imageFilename="{image}" imageWidth="200" imageHeight="100"><TextRegion id="r"><Coords points="10,10 160,10 160,40"/>
<TextLine id="l"><Coords points="10,10 160,10 160,40 10,40"/><TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>
</TextRegion></Page></PcGts>"""


def document(folder, name, image, text, template=ALTO):
    path = folder / f"{name}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template.format(image=image, text=text), encoding="utf-8")


def image(path, size=(100, 200)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(size, 220, np.uint8)).save(path)


def test_alto_with_images_in_another_folder(tmp_path):
    document(tmp_path / "alto", "imp_0001", "imp_0001.jpg", "Un été à Québec")
    document(tmp_path / "alto", "imp_0002", "scan-of-2.JPG", "Deux")
    document(tmp_path / "alto", "imp_0003", "gone.jpg", "Trois")
    document(tmp_path / "alto", "imp_0004", "elsewhere/imp_0004.tif", "Quatre")
    for name in ("imp_0001.jpg", "scan-of-2.jpg", "imp_0004.png"):
        image(tmp_path / "jpg" / name)
    (tmp_path / "validation_pages.txt").write_text("imp_0002\n")
    dataset = open_dataset(f"alto:{tmp_path}")
    pages = {page.name: page for page in dataset.pages("all")}
    assert {name: page.image.name for name, page in pages.items()} == {
        "imp_0001": "imp_0001.jpg", "imp_0002": "scan-of-2.jpg", "imp_0004": "imp_0004.png"}
    assert pages["imp_0001"].page.text == "Un été à Québec"
    assert next(pages["imp_0001"].page.lines).baseline == ((10.0, 35.0), (160.0, 36.0))
    assert dataset.missing == ["imp_0003"]
    assert [page.name for page in dataset.pages("validation")] == ["imp_0002"]
    assert [page.name for page in dataset.pages("train")] == ["imp_0001", "imp_0004"]
    assert report(dataset) == ["alto: 1 pages have no image, such as imp_0003"]


def test_page_documents_beside_their_images(tmp_path):
    document(tmp_path, "one", "one.png", "Eins", PAGE)
    image(tmp_path / "one.png")
    page, = open_dataset(f"page:{tmp_path}").pages("all")
    assert page.page.text == "Eins" and page.image == tmp_path / "one.png"


def test_same_names_in_two_folders_keep_to_their_own_images(tmp_path):
    for folder in ("north", "south"):
        document(tmp_path / folder / "page", "0001", "0001.png", folder, PAGE)
        image(tmp_path / folder / "0001.png")
    pages = open_dataset(f"page:{tmp_path}").pages("all")
    assert [(page.name, page.page.text, page.image.parent.name) for page in pages] == [
        ("north/page/0001", "north", "north"), ("south/page/0001", "south", "south")]


def test_documents_that_cannot_be_used_are_named(tmp_path):
    document(tmp_path, "good", "good.png", "gut", PAGE)
    document(tmp_path, "small", "small.png", "klein", PAGE)
    (tmp_path / "broken.xml").write_text("<PcGts>")
    image(tmp_path / "good.png")
    image(tmp_path / "small.png", (50, 100))
    dataset = open_dataset(f"page:{tmp_path}")
    assert [page.name for page in dataset.pages("all")] == ["good"]
    named = "\n".join(dataset.problems)
    assert len(dataset.problems) == 2 and "broken.xml" in named and "100 x 50" in named and dataset.missing == []


@pytest.mark.parametrize("spec", ["iam", "iam:", "folder/of/mine", "pdf:x", ""])
def test_specifications_that_are_none(spec):
    with pytest.raises(DatasetError, match="KIND:DIR"):
        open_dataset(spec)


def test_folders_that_are_none(tmp_path):
    with pytest.raises(DatasetError, match="is not a folder"):
        open_dataset(f"alto:{tmp_path / 'x'}")
    with pytest.raises(DatasetError, match="holds no .xml"):
        open_dataset(f"page:{tmp_path}")


def test_iam_by_its_kind_and_a_long_report(make_iam):
    dataset = open_dataset(f"iam:{make_iam(words=[f'z-0{n}-00 ok 1 1 1 1 1 NN x' for n in range(8)])}")
    assert isinstance(dataset, IamDataset)
    assert len(report(dataset)) == 6 and report(dataset)[-1] == "iam: and 3 more problems"


def test_image_size_follows_the_exif_rotation(tmp_path):
    image = Image.new("RGB", (30, 20))
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    image.save(tmp_path / "plain.jpg")
    assert (image_size(tmp_path / "turned.jpg"), image_size(tmp_path / "plain.jpg")) == ((30, 20), (20, 30))
    with pytest.raises(DatasetError, match="nothing.png"):
        image_size(tmp_path / "nothing.png")


def test_every_kind_is_named_in_the_help_of_the_command_lines():
    assert DATA_SETS == "iam:DIR, alto:DIR, page:DIR or lines:DIR"
    with pytest.raises(DatasetError, match="KIND one of iam, alto, page, lines"):
        open_dataset("pdf:x")


@pytest.mark.parametrize("count, lines", [(5, 5), (6, 6), (7, 6)])
def test_a_report_shows_five_problems_and_counts_the_rest(count, lines):
    class Bad:
        name, missing, problems = "bad", [], [f"p{number}" for number in range(count)]

    shown = report(Bad())
    assert len(shown) == lines and shown[-1] == ("bad: p4" if count == 5 else f"bad: and {count - 5} more problems")


@pytest.mark.parametrize("kind, template, place", [
    ("alto", ALTO, 'HPOS="10" VPOS="10" WIDTH="150"\nHEIGHT="30" BASELINE="10 35 160 36">'
                   '<Shape><Polygon POINTS="10 10 160 10 160 40 10 40"/></Shape>'),
    ("page", PAGE, '><Coords points="10,10 160,10 160,40 10,40"/>')])
def test_a_bad_line_costs_that_line_and_is_among_the_problems(tmp_path, kind, template, place):
    assert place in template
    start, end = template.index("<TextLine"), template.index("</TextLine>") + len("</TextLine>")
    good = template[start:end]
    bad = good.replace(place, place[place.index(">"):][:1]).replace('"l"', '"bad"').replace("{text}", "lost")
    bad = bad.replace(' HPOS="10" VPOS="10" WIDTH="150" HEIGHT="30"', "")
    document(tmp_path, "p", "p.png", "kept", template[:start] + bad + template[start:])
    image(tmp_path / "p.png")
    dataset = open_dataset(f"{kind}:{tmp_path}")
    for _ in range(2):
        (page,) = dataset.pages("all")
        assert page.page.text == "kept"
    (problem,) = dataset.problems
    assert "p.xml: TextLine bad has no" in problem and problem.endswith("The line is left out.")


def test_pages_come_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 9, 1):
        document(tmp_path, f"p{number}", f"p{number}.png", "x", PAGE)
        image(tmp_path / f"p{number}.png")
    assert [page.name for page in open_dataset(f"page:{tmp_path}").pages("all")] == ["p1", "p9", "p10"]


def test_an_alto_in_tenths_of_millimetres_and_a_photo_turned_by_exif(tmp_path):
    document(tmp_path, "mm", "mm.png", "metric", ALTO.replace(">pixel<", ">mm10<"))
    image(tmp_path / "mm.png", (50, 100))
    document(tmp_path, "exif", "exif.png", "turned", ALTO)
    photo = Image.new("L", (200, 100))
    exif = photo.getexif()
    exif[274] = 6
    photo.save(tmp_path / "exif.png", exif=exif)
    turned, metric = (page.page for page in open_dataset(f"alto:{tmp_path}").pages("all"))
    assert metric.size == (50, 100) and next(metric.lines).polygon.box == Box(5, 5, 80, 20)
    assert turned.size == (200, 100) and next(turned.lines).polygon.box == Box(60, 10, 90, 160)


def test_documents_of_the_other_kind_are_named(tmp_path):
    document(tmp_path, "a", "a.png", "alto", ALTO)
    document(tmp_path, "p", "a.png", "page", PAGE)
    image(tmp_path / "a.png")
    dataset = open_dataset(f"alto:{tmp_path}")
    assert [page.name for page in dataset.pages("all")] == ["a"] and "p.xml: its root element is PcGts" in dataset.problems[0]
