"""Tables as rows of cells, without cells that reach over several."""

from collections.abc import Sequence
from dataclasses import dataclass

CELLS_MOST = 20_000
SPAN_MOST = 100


@dataclass(frozen=True)
class Cell:
    """One cell as it was written; spans below 1 and beyond 100 count as 1."""

    html: str
    columns: int = 1
    rows: int = 1
    header: bool = False


def span(value: str | None) -> int:
    """What `colspan` or `rowspan` says, where it says something sensible."""
    return int(value) if value and value.isascii() and value.isdigit() and 0 < int(value[:4]) <= SPAN_MOST else 1


def table_rows(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """The rows with an empty cell wherever a cell reaches, so that columns stay under each other.

    A table that this would make larger than 20,000 cells keeps its cells side by side.

    Source: HTML Living Standard §4.9.12, forming a table.
    """
    grid: list[list[str]] = []
    reaching: dict[int, int] = {}  # column → how many more rows a cell above reaches into
    cells = 0
    for row in rows:
        line: list[str] = []
        waiting = list(reversed(row))
        while waiting or reaching.get(len(line)):
            if reaching.get(len(line)):
                reaching[len(line)] -= 1
                line.append("")
            else:
                cell = waiting.pop()
                reaching |= {len(line) + offset: cell.rows - 1 for offset in range(cell.columns)}
                line += [cell.html] + [""] * (cell.columns - 1)
        cells += len(line)
        if cells > CELLS_MOST:
            return [[cell.html for cell in row] for row in rows]
        grid.append(line)
    return grid
