"""Writes the report, reports/latest; `python -m lakestand.measure.report` ends with 1 unless all criteria are met."""

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
from lakestand.measure import junit
from lakestand.measure.machine import inspect_machine
from lakestand.measure.report import criteria, document, markdown, page, readme
from lakestand.measure.report.evidence import gather
from lakestand.measure.report.results import CriterionResult
from lakestand.settings import Settings


def write(reports: Path) -> list[CriterionResult]:
    """Judge what *reports* holds, write latest/report.json, .md and .html there, and return the criteria's results.

    The JUnit files are copied beside them, with criteria.xml, which has a test case for each criterion.
    """
    evidence, folder = gather(reports), reports / "latest"
    results = criteria.judge_all(evidence)
    data = document.as_dict(evidence, results, inspect_machine(), datetime.now(UTC).isoformat(timespec="seconds"))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "report.json").write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2))
    (folder / "report.md").write_text(markdown.as_markdown(data, results, evidence))
    (folder / "report.html").write_text(page.as_html(data, results, evidence))
    if (reports / "junit").exists():
        shutil.copytree(reports / "junit", folder / "junit")
    (folder / "junit").mkdir(exist_ok=True)
    junit.write_criteria(results, folder / "junit" / "criteria.xml")
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report and print its criteria; return 1 unless all are met or --no-verdict is options."""
    parser = argparse.ArgumentParser(prog="nox -s report --", description=__doc__)
    parser.add_argument("--readme", action="store_true", help="also put the figures into README.md and docs/figures.md")
    parser.add_argument(
        "--no-verdict", action="store_true", help="end with 0 also when a criterion is not met or was not measured"
    )
    options = parser.parse_args(arguments)
    try:
        reports = Settings.load().reports_dir
        results = write(reports)
    except LakestandError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    if options.readme:
        readme.write(Path.cwd(), orjson.loads((reports / "latest" / "report.json").read_bytes()))
    view.show("criteria", ("", "target", "measured", "met"), [result.short() for result in results])
    view.console.print(f"{reports / 'latest' / 'report.html'}, with report.md and report.json beside it")
    return 0 if options.no_verdict or all(result.met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
