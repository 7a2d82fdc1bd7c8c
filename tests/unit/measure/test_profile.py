"""What is made of py-spy's samples."""

from __future__ import annotations

from lakestand.measure import profile

FOLDED = """\
<module> (lakestand/measure/stage.py);run (lakestand/pipeline/run.py);take (/x/lakestand/pipeline/reader.py) 30
<module> (lakestand/measure/stage.py);run (lakestand/pipeline/run.py:7);write_table (pyarrow/parquet/core.py) 15
<module> (lakestand/measure/stage.py);run (lakestand/pipeline/run.py) 5
<module> (threading.py);_find_spec (<frozen importlib._bootstrap>) 50
"""


def test_a_sample_counts_for_the_innermost_function_of_ours() -> None:
    assert profile.count_shares(FOLDED.splitlines()) == [
        ("imports and the interpreter", 0.5),
        ("pipeline.reader.take", 0.3),
        ("pipeline.run.run", 0.2),
    ]
