"""Compose the sample pages that anyone may copy, from handwriting fonts under the Open Font License.

reads   a folder of fonts, a font for print
writes  samples/<name>.jpg and samples/<name>.txt, the text of the page, line by line
next    scripts/1_segment_paragraphs.py run samples OUT
"""
from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

HARBOUR = """The harbour was quiet this morning. A light wind came from the west, and only the gulls kept watch over the
nets. Old Martin counted his boats twice, as he always does, and wrote the number in his book: seventeen.

At noon the ferry brought 36 passengers, two bicycles and a piano. Nobody had asked for a piano. It stands on the
quay now, under a piece of sail, until somebody remembers where it should go.

In the evening the children played on it. They knew one tune, and they played it well enough that the baker
opened his window to listen."""

GARDEN = """Dear Anna,

Thank you for the seeds. I have put the beans along the south wall, where the snow goes first, and the blue
flowers by the gate. Your brother says that nothing will grow there. We shall see in June!

The roof is mended at last. It took three men four days, and they drank all of our tea. When will you come
and visit us? The small room is ready, and the apple tree in front of it will soon be white.

With love from all of us,
Margaret"""

ECOLE = """Ce matin, le maître nous a demandé de décrire notre village. J'ai parlé de la rivière, du vieux pont de
pierre et du moulin où mon grand-père a travaillé pendant trente ans.

L'été, nous allons pêcher après l'école. Hier, ma sœur a attrapé une truite énorme, mais elle l'a remise à
l'eau : elle la trouvait trop belle pour être mangée.

Plus tard, je voudrais être facteur, parce que le facteur connaît tout le monde."""

MARKET = """To buy at the market: six eggs, a loaf of brown bread, butter, two pounds of flour, salt, and a jar of honey
if it is not too dear.

Ask the miller about the old mill wheel, and whether his brother still sells geese.
\f
To do before Sunday: clean the lamp, carry wood into the kitchen, write to uncle George, mend the blue coat,
and bring back the ladder that we borrowed in March.

Pay the baker 14 shillings."""

VOYAGE = """Nous sommes partis à six heures, dans le brouillard. Le train était presque vide, et il faisait si froid que
personne n'a parlé avant la deuxième gare.

Vers midi, le soleil est enfin sorti. On voyait les montagnes, toutes blanches, derrière les champs. Une dame
nous a offert des pommes et du fromage. Elle allait chez son fils, qu'elle n'avait pas vu depuis cinq ans.

Nous sommes arrivés le soir, fatigués mais heureux."""



# file name, seed, text, font, style of the page, style of the writer
SAMPLES = (
    ("harbour", 1, HARBOUR, "kalam-400", dict(
        heading="Harbour Office", notice="Day book. Write one page for each day, and leave nothing out.", footer="Page 112",
        ruling="lines", pitch=60.0), dict(x_height=20.0, slant=0.08, word_gap=1.0, weight=0.1, ink=(30, 46, 120))),
    ("garden-sideways", 2, GARDEN, "caveat-400", dict(ruling="none", pitch=62.0, turns=1), dict(
        x_height=22.0, slant=0.02, weight=0.35, ink=(36, 34, 40), drift=0.2)),
    ("ecole-photo", 3, ECOLE, "patrick-hand-400", dict(
        heading="École de la Rivière", notice="Nom : Rose      Classe : 6e      Sujet : Mon village", ruling="seyes",
        pitch=62.0, view="photo"), dict(x_height=22.0, slant=0.1, word_gap=1.1, weight=0.2, ink=(34, 40, 110))),
    ("market-two-columns", 4, MARKET, "bad-script-400", dict(
        heading="Household Notes", footer="Keep this sheet in the kitchen drawer", ruling="squares", pitch=58.0, columns=2),
        dict(x_height=19.0, slant=0.0, word_gap=0.9, weight=0.8, ink=(32, 32, 38))),
    ("voyage", 5, VOYAGE, "marck-script-400", dict(heading="Carnet de voyage", ruling="lines", pitch=60.0), dict(
        x_height=19.0, slant=0.0, word_gap=0.9, weight=0.2, ink=(26, 40, 96))))


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, required=True, help="folder of handwriting fonts, as named in samples/README.md")
    parser.add_argument("--print-font", type=Path, required=True, help="font file for printed text, such as DejaVuSerif.ttf")
    parser.add_argument("--out", type=Path, default=Path("samples"), help="folder to write (default: samples)")
    return parser.parse_args(argv)


def main(argv=None) -> int:
    """Make all samples."""
    args = parse_args(argv)
    from ocr.errors import OcrError
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        for sample in SAMPLES:
            make(*sample, args)
    except (OcrError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(name: str, seed: int, text: str, font: str, style: dict, writer: dict, args: argparse.Namespace) -> None:
    """Make one sample: image and text."""
    from PIL import Image
    from ocr.synthesis.fonts import Face
    from ocr.synthesis.handwriting import WriterStyle
    from ocr.synthesis.pages import PageStyle, compose_page
    face, image = Face(str(args.fonts / f"{font}.ttf")), args.out / f"{name}.jpg"
    text = re.sub(r"(?<=[^\n\f]{60})\n(?=[^\n\f])", " ", text)                    # full lines of this file flow on
    made = compose_page(seed, text, [face], PageStyle(**style), WriterStyle(face, **writer), [Face(str(args.print_font))])
    Image.fromarray(made.pixels).save(image, quality=86, optimize=True)
    image.with_suffix(".txt").write_text(made.page.text + "\n", encoding="utf-8")
    print(f"{image}: {image.stat().st_size // 1000} kB, {sum(1 for _ in made.page.lines)} lines")


if __name__ == "__main__":
    sys.exit(main())
