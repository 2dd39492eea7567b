"""The tables of the PAGE schema, against the schema itself."""
from pathlib import Path

import pytest
from lxml import etree

from ocr.formats import page_schema as schema

XSD = etree.parse(str(Path(__file__).parents[1] / "data" / "pagecontent-2019-07-15.xsd"))
XS = {"xs": "http://www.w3.org/2001/XMLSchema"}


def _values(type_name):
    return set(XSD.xpath(f"//xs:simpleType[@name='{type_name}']//xs:enumeration/@value", namespaces=XS))


def test_text_types_are_the_schema_s():
    assert schema.TEXT_TYPES == _values("TextTypeSimpleType")


def test_every_language_of_the_schema_survives_a_round_trip():
    for name in _values("LanguageSimpleType"):
        assert schema.language_name(schema.language_code(name)) == name


@pytest.mark.parametrize("code, name", [("fr", "French"), ("fr-CA", "French"), ("fra", "French"), ("ru", "Russian"),
                                        ("xx", "other"), (None, None)])
def test_language_names(code, name):
    assert schema.language_name(code) == name


def test_language_tags():
    assert [schema.language_tag(x) for x in ("French", "deu", "fr-CA", "sr-Latn-RS", "Old Klingon", "x", None)] == [
        "fr", "de", "fr-CA", "sr-Latn-RS", None, None, None]


def test_language_codes():
    assert [schema.language_code(x) for x in ("Vietnamese", "deu", "fr", "", None)] == ["vi", "de", "fr", None, None]


@pytest.mark.parametrize("element, type_name", [("Page", "PageType"), ("Metadata", "MetadataType"), ("TextLine", "TextLineType"),
                                                ("Word", "WordType")])
def test_children_stand_in_the_schema_s_order(element, type_name):
    names = XSD.xpath(f"//xs:complexType[@name='{type_name}']/xs:sequence//xs:element/@name", namespaces=XS)
    flat = [name for entry in schema.CHILDREN[element] for name in ([entry] if isinstance(entry, str) else entry)]
    assert flat == names


def test_custom_values():
    custom = "readingOrder {index:3;} structure {type:Main zone; score:0.5;} x {}"
    assert schema.custom_value(custom, "readingOrder", "index") == "3"
    assert schema.custom_value(custom, "structure", "type") == "Main zone"
    assert schema.custom_value(custom, "structure", "colour") is None
    assert schema.custom_value("substructure {type:a;}", "structure", "type") is None
    assert schema.with_custom(custom, "structure", type="Title") == "readingOrder {index:3;} structure {type:Title; score:0.5;} x {}"
    assert schema.with_custom(None, "frame", index="2") == "frame {index:2;}"
    assert schema.with_custom("{\"json\": 1} frame {index:2;}", "frame") == "{\"json\": 1}"
