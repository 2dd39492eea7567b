"""The schema of PAGE-XML 2019-07-15: namespace, order of children, region types, languages, the `custom` attribute."""
from __future__ import annotations

import re
from typing import Dict, Optional, Sequence, Union

from lxml import etree

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
ANY_VERSION = re.compile(r"https?://schema\.primaresearch\.org/PAGE/gts/pagecontent/(\d{4}-\d{2}-\d{2})/?")

TEXT_TYPES = frozenset(
    "paragraph heading caption header footer page-number drop-capital credit floating signature-mark catch-word "
    "marginalia footnote footnote-continued endnote TOC-entry list-label other".split())

_REGIONS = "Text Image LineDrawing Graphic Table Chart Map Separator Maths Chem Music Advert Noise Unknown Custom"
REGIONS = tuple(f"{name}Region" for name in _REGIONS.split())

CHILDREN: Dict[str, Sequence[Union[str, Sequence[str]]]] = {
    "Metadata": "Creator Created LastChange Comments UserDefined MetadataItem".split(),
    "Page": ["AlternativeImage", "Border", "PrintSpace", "ReadingOrder", "Layers", "Relations", "TextStyle",
             "UserDefined", "Labels", REGIONS],
    "TextRegion": ["AlternativeImage", "Coords", "UserDefined", "Labels", "Roles", REGIONS,
                   "TextLine", "TextEquiv", "TextStyle"],
    "TextLine": "AlternativeImage Coords Baseline Word TextEquiv TextStyle UserDefined Labels".split(),
    "Word": "AlternativeImage Coords Glyph TextEquiv TextStyle UserDefined Labels".split(),
}
"""The order of an element's children in the schema; a tuple stands for names in any order."""

# The schema's names of languages that have a two-letter code (ISO 639-1).
_LANGUAGES = """
ab Abkhaz; aa Afar; af Afrikaans; ak Akan; sq Albanian; am Amharic; ar Arabic; an Aragonese; hy Armenian; as Assamese;
av Avaric; ae Avestan; ay Aymara; az Azerbaijani; bm Bambara; ba Bashkir; eu Basque; be Belarusian; bn Bengali; bh Bihari;
bi Bislama; bs Bosnian; br Breton; bg Bulgarian; my Burmese; ca Catalan; ch Chamorro; ce Chechen; ny Chichewa; zh Chinese;
cv Chuvash; kw Cornish; co Corsican; cr Cree; hr Croatian; cs Czech; da Danish; dv Divehi; nl Dutch; dz Dzongkha;
en English; eo Esperanto; et Estonian; ee Ewe; fo Faroese; fj Fijian; fi Finnish; fr French; ff Fula; gd Gaelic;
gl Galician; lg Ganda; ka Georgian; de German; el Greek; gn Guaraní; gu Gujarati; ht Haitian; ha Hausa; he Hebrew;
hz Herero; hi Hindi; ho Hiri Motu; hu Hungarian; is Icelandic; io Ido; ig Igbo; id Indonesian; ia Interlingua;
ie Interlingue; iu Inuktitut; ik Inupiaq; ga Irish; it Italian; ja Japanese; jv Javanese; kl Kalaallisut; kn Kannada;
kr Kanuri; ks Kashmiri; kk Kazakh; km Khmer; ki Kikuyu; rw Kinyarwanda; rn Kirundi; kv Komi; kg Kongo; ko Korean;
ku Kurdish; kj Kwanyama; ky Kyrgyz; lo Lao; la Latin; lv Latvian; li Limburgish; ln Lingala; lt Lithuanian;
lu Luba-Katanga; lb Luxembourgish; mk Macedonian; mg Malagasy; ms Malay; ml Malayalam; mt Maltese; gv Manx; mi Māori;
mr Marathi; mh Marshallese; mn Mongolian; na Nauru; nv Navajo; ng Ndonga; ne Nepali; nd North Ndebele; se Northern Sami;
no Norwegian; nb Norwegian Bokmål; nn Norwegian Nynorsk; ii Nuosu; oc Occitan; oj Ojibwe; cu Old Church Slavonic;
or Oriya; om Oromo; os Ossetian; pi Pāli; pa Punjabi; ps Pashto; fa Persian; pl Polish; pt Portuguese; qu Quechua;
ro Romanian; rm Romansh; ru Russian; sm Samoan; sg Sango; sa Sanskrit; sc Sardinian; sr Serbian; sn Shona; sd Sindhi;
si Sinhala; sk Slovak; sl Slovene; so Somali; nr South Ndebele; st Southern Sotho; es Spanish; su Sundanese; sw Swahili;
ss Swati; sv Swedish; tl Tagalog; ty Tahitian; tg Tajik; ta Tamil; tt Tatar; te Telugu; th Thai; bo Tibetan; ti Tigrinya;
to Tonga; ts Tsonga; tn Tswana; tr Turkish; tk Turkmen; tw Twi; ug Uighur; uk Ukrainian; ur Urdu; uz Uzbek; ve Venda;
vi Vietnamese; vo Volapük; wa Walloon; cy Welsh; fy Western Frisian; wo Wolof; xh Xhosa; yi Yiddish; yo Yoruba; za Zhuang;
zu Zulu"""
_NAME_OF = dict(entry.split(" ", 1) for entry in _LANGUAGES.replace("\n", " ").strip().split("; ") if entry)
_NAME_OF = {code.strip(): name.strip() for code, name in _NAME_OF.items()}
_CODE_OF = {name: code for code, name in _NAME_OF.items()}
_NAMES_WITHOUT_CODE = frozenset({"Cambodian", "Cantonese", "Panjabi", "other"})
_THREE_LETTERS = dict(zip("eng fra fre deu ger spa ita por nld dut lat rus ukr pol ces cze vie ell gre swe dan nor fin".split(),
                          "en fr fr de de es it pt nl nl la ru uk pl cs cs vi el el sv da no fi".split()))


def language_code(name: Optional[str]) -> Optional[str]:
    """Return the two-letter code of a language that a document names; a name without one is returned as it is.

    Parameters
    ----------
    name : PAGE's English name ("French") or a code ("fr", "fr-CA", "fra").
    """
    name = (name or "").strip()
    return _CODE_OF.get(name) or _THREE_LETTERS.get(name.lower()) or name or None


def language_name(code: Optional[str]) -> Optional[str]:
    """Return the schema's name of a language, "other" where it has none, None for None.

    Parameters
    ----------
    code : a code ("fr", "fr-CA", "fra"), or a name that the schema knows.
    """
    if not code:
        return None
    if code in _CODE_OF or code in _NAMES_WITHOUT_CODE:
        return code
    short = re.split("[-_]", code.lower())[0]
    return _NAME_OF.get(_THREE_LETTERS.get(short, short), "other")


def language_tag(name: Optional[str]) -> Optional[str]:
    """Return the tag (BCP 47) of a language that a document names by name or code; None where that is no tag."""
    code = language_code(name)
    return code if code and re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", code) else None


def production_name(production: Optional[str], before: Optional[str] = None) -> Optional[str]:
    """Return the schema's name of a production of `ocr.page.model.Region`; a more exact one that stood there before is kept."""
    return before if before and production_of(before) == production else _PRODUCTIONS.get(production or "")


def production_of(name: Optional[str]) -> Optional[str]:
    """Return the production that the schema's name stands for; None where the model has none for it."""
    if name == "medieval-manuscript" or (name or "").startswith("handwritten-"):
        return "handwritten"
    return name if name in _PRODUCTIONS else None


_PRODUCTIONS = {"handwritten": "handwritten-cursive", "typewritten": "typewritten", "printed": "printed"}


def sort_children(element: etree._Element) -> None:
    """Sort an element's children into the order of the schema; unknown ones come last."""
    ranks: Dict[str, int] = {}
    for rank, names in enumerate(CHILDREN[element.tag.rpartition("}")[2]]):
        ranks.update({f"{{{NAMESPACE}}}{name}": rank for name in ([names] if isinstance(names, str) else names)})
    element[:] = sorted(element, key=lambda child: ranks.get(child.tag, len(ranks)))


def custom_value(custom: Optional[str], name: str, key: str) -> Optional[str]:
    """Return one value of a `custom` attribute such as "readingOrder {index:0;} structure {type:heading;}".

    Parameters
    ----------
    custom : the attribute, or None.
    name, key : for instance "structure" and "type".
    """
    block = re.search(rf"(?<![\w-]){re.escape(name)}\s*\{{([^{{}}]*)\}}", custom or "")
    value = re.search(rf"(?:^|;)\s*{re.escape(key)}\s*:([^;]*)", block.group(1)) if block else None
    return value.group(1).strip() if value else None


def with_custom(custom: Optional[str], part: str, **values: str) -> str:
    """Return a `custom` attribute in which one part has these values; its other values and the other parts are kept.

    Parameters
    ----------
    custom : the attribute as it was, or None.
    part : its name, for instance "structure".
    values : of its keys; without any, the part is removed.
    """
    pattern = re.compile(rf"(?<![\w-]){re.escape(part)}\s*\{{([^{{}}]*)\}}")
    found = pattern.search(custom or "")
    pairs = dict(pair.strip().split(":", 1) for pair in found.group(1).split(";") if ":" in pair) if found else {}
    pairs.update({key: re.sub("[{};]", " ", value) for key, value in values.items()})
    text = f"{part} {{" + " ".join(f"{key}:{value};" for key, value in pairs.items()) + "}" if values else ""
    if custom and found:
        return f"{custom[:found.start()]}{text}{custom[found.end():]}".strip()
    return f"{custom or ''} {text}".strip()
