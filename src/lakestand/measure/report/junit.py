"""The criteria as a JUnit report: what a CI server shows as tests."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from lakestand.measure.report.pages import CriterionResult


def as_junit(found: Sequence[CriterionResult]) -> bytes:
    """A test case a criterion; one that is not met is a failure, also where nothing was measured."""
    failures = sum(not each.met for each in found)
    suite = Element(
        "testsuite", name="criteria", tests=str(len(found)), failures=str(failures), errors="0", skipped="0"
    )
    for each in found:
        case = SubElement(suite, "testcase", classname="criteria", name=f"{each.name} {each.what}: {each.target}")
        SubElement(case, "system-out").text = f"{each.measured} ({each.command}; {each.machine or 'no machine'})"
        if not each.met:
            SubElement(case, "failure", message=each.measured)
    return bytes(tostring(suite, encoding="utf-8", xml_declaration=True))
