"""`python -m lakestand.measure.report`: writes reports/latest; 1 when a criterion is not met or was not measured."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson

from lakestand import view
from lakestand.errors import LakestandError
from lakestand.measure.machine import inspect_machine
from lakestand.measure.report import page, pages, readme
from lakestand.measure.report.evidence import gather
from lakestand.measure.report.junit import as_junit
from lakestand.settings import Settings
from lakestand.stand.configs import ROOT


def write(reports: Path) -> list[pages.CriterionResult]:
    """Judge what *reports* holds and write latest/report.json, .md and .html there, and the JUnit files beside them."""
    evidence, folder = gather(reports), reports / "latest"
    found, made = pages.judge_all(evidence), datetime.now(UTC).isoformat(timespec="seconds")
    data = pages.as_data(evidence, found, inspect_machine(), made)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "report.json").write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2))
    (folder / "report.md").write_text(pages.as_markdown(data, found, evidence))
    (folder / "report.html").write_text(page.as_html(data, found, evidence))
    if (reports / "junit").exists():
        shutil.copytree(reports / "junit", folder / "junit")
    (folder / "junit").mkdir(exist_ok=True)
    (folder / "junit" / "criteria.xml").write_bytes(as_junit(found))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, show, and say whether all is met."""
    asked = argparse.ArgumentParser(prog="nox -s report --", description=__doc__)
    asked.add_argument("--readme", action="store_true", help="also put the figures into README.md and docs/figures.md")
    asked.add_argument(
        "--no-verdict", action="store_true", help="end with 0 also when a criterion is not met or was not measured"
    )
    given = asked.parse_args(arguments)
    try:
        reports = Settings.load().reports_dir
        found = write(reports)
    except LakestandError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    if given.readme:
        readme.write(ROOT, orjson.loads((reports / "latest" / "report.json").read_bytes()))
    view.show("criteria", ("", "target", "measured", "met"), [each.short() for each in found])
    view.console.print(f"{reports / 'latest' / 'report.html'}, with report.md and report.json beside it")
    return 0 if given.no_verdict or all(each.met for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
