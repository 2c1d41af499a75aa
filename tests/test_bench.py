"""The benchmarks run through, on next to nothing: what they measure is for `make bench` to say."""

from pathlib import Path

import pytest

from bench import search
from bench.queries import COMMON, RARE


@pytest.mark.slow
def test_search_is_measured_over_rows_that_publishing_would_have_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, _ = search.run(tmp_path, documents=200, share=5, rounds=1)
    assert wrong == []
    said = capsys.readouterr().out
    for database in (search.SQLITE, search.POSTGRESQL):
        assert f"{database}: 20 published documents equal the rows that are loaded" in said
        for query in (*RARE, *COMMON):
            assert f"| {database.ljust(10)} | {query} " in said
