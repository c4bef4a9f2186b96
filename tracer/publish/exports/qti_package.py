"""A QTI 2.1 content package: a zip with a manifest, a test of one item, and the item."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from tracer.errors import clean_text
from tracer.publish.exports.exercise import Exercise
from tracer.publish.exports.qti import LOCATION, NAMESPACE, SCHEMA, item_identifier, qti_item, xml_document

CONTENT = "http://www.imsglobal.org/xsd/imscp_v1p1"
ITEM, TEST, MANIFEST = "item.xml", "test.xml", "imsmanifest.xml"


def qti_package(exercise: Exercise) -> bytes:
    """An exercise as a content package: a zip with its manifest, a test of one item, and the item. No dates in it."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as package:
        for name, text in (
            (MANIFEST, _manifest(exercise)),
            (TEST, _test(exercise)),
            (ITEM, qti_item(exercise)),
        ):
            package.writestr(ZipInfo(name), text.encode("utf-8"))
    return stream.getvalue()


def _test(exercise: Exercise) -> str:
    title, identifier = clean_text(exercise.title), item_identifier(exercise)
    root = ET.Element(
        "assessmentTest",
        {"xmlns": NAMESPACE, "xmlns:xsi": SCHEMA, "xsi:schemaLocation": LOCATION, "identifier": f"{identifier}-test",
         "title": title},
    )  # fmt: skip
    part = ET.SubElement(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual")
    section = ET.SubElement(part, "assessmentSection", identifier="section", title=title, visible="true")
    ET.SubElement(section, "assessmentItemRef", identifier=identifier, href=ITEM)
    return xml_document(root)


def _manifest(exercise: Exercise) -> str:
    identifier = item_identifier(exercise)
    root = ET.Element("manifest", {"xmlns": CONTENT, "identifier": f"{identifier}-package"})
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "schema").text = "QTIv2.1 Package"
    ET.SubElement(metadata, "schemaversion").text = "1.0.0"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    for kind, name, needs in (("test", TEST, f"{identifier}-item"), ("item", ITEM, "")):
        one = ET.SubElement(resources, "resource", identifier=f"{identifier}-{kind}",
                            type=f"imsqti_{kind}_xmlv2p1", href=name)  # fmt: skip
        ET.SubElement(one, "file", href=name)
        if needs:
            ET.SubElement(one, "dependency", identifierref=needs)
    return xml_document(root)
