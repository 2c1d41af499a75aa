"""How the public reads: one SELECT through the driver's own cursor, on the replica where there is one.

    fetch ── a connection that is idle, else a new one from the pool ──▶ rows

A connection is kept between reads: to take it from the pool and to give it back costs as much as the SELECT itself,
and on PostgreSQL another way there and back, to find out whether it still answers. One that does not is
found out by its first read, which is then tried again on a new one.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection

from nejat_cms.db import db
from nejat_cms.errors import UnavailableError

MOST_IDLE = 8
"""Connections that one process keeps; those of a crowd go back to the pool."""
Idle = deque[PoolProxiedConnection]
_idle: WeakKeyDictionary[Engine, Idle] = WeakKeyDictionary()
"""Connections that nobody reads from, by engine, those that were read from last at the end."""


def fetch(
    sql: str, params: Mapping[str, Any] | None = None, *, anew: bool = False, engine: Engine | None = None
) -> list[tuple[Any, ...]]:
    """The rows of one public read; `sql` names its values `:like_this`.

    A UUID comes back as 32 hexadecimal digits from SQLite and as a `UUID` from PostgreSQL.
    With `anew` it is planned for these very values: what is asked often PostgreSQL else plans for any.
    Who asks outside an application context names the engine.

    Raises: UnavailableError.
    """
    engine = engine or db.engines["read"]
    options = {}
    if engine.name == "postgresql":
        sql = _for_psycopg(sql)
        options = {"binary": True, "prepare": False if anew else None}
    idle = _idle.get(engine)
    if idle is None:
        idle = _keeping(engine)
    while True:
        try:
            connection, kept = idle.pop(), True
        except IndexError:
            connection, kept = _connected(engine), False
        try:
            driver: Any = connection.driver_connection
            rows: list[tuple[Any, ...]] = driver.execute(sql, params or {}, **options).fetchall()
        except BaseException as error:
            connection.invalidate(error if isinstance(error, Exception) else None)
            if not isinstance(error, engine.dialect.loaded_dbapi.OperationalError):
                raise
            if not (kept and getattr(driver, "broken", False)):
                raise UnavailableError from error
            _close(idle)  # they are no better
            continue
        if len(idle) < MOST_IDLE:
            idle.append(connection)
        else:
            connection.close()
        return rows


def _keeping(engine: Engine) -> Idle:
    idle = _idle.setdefault(engine, deque())
    event.listen(engine, "engine_disposed", lambda _: _close(idle))
    return idle


def _close(idle: Idle) -> None:
    """Leave none; what is read from meanwhile comes back when it was read."""
    while True:
        try:
            connection = idle.pop()
        except IndexError:
            return
        connection.invalidate()


def _connected(engine: Engine) -> PoolProxiedConnection:
    try:
        return engine.raw_connection()
    except (engine.dialect.loaded_dbapi.Error, DBAPIError, PoolTimeoutError) as error:  # a driver's own is not wrapped
        raise UnavailableError from error


@lru_cache(maxsize=200)
def _for_psycopg(sql: str) -> str:
    """The same statement as psycopg and PostgreSQL spell it."""
    return re.sub(r"(?<!:):([a-z]\w*)", r"%(\1)s", sql.replace("%", "%%"))


def bind_id(value: UUID) -> Any:
    """A UUID as `fetch` must be given it: SQLite keeps 32 hexadecimal digits."""
    return value.hex if db.engines["read"].name == "sqlite" else value


def bind_list(values: Iterable[str | UUID]) -> Any:
    """Many values as one: SQLite looks for each name among all the others, which takes a minute for fifty thousand."""
    if db.engines["read"].name == "sqlite":
        return orjson.dumps([value.hex if isinstance(value, UUID) else value for value in values]).decode()
    return list(values)


def among(place: str) -> str:
    """The condition that something is in a list that `bind_list` made, which is bound to this place."""
    return f"IN (SELECT value FROM json_each({place}))" if db.engines["read"].name == "sqlite" else f"= ANY({place})"


def json_cell(value: Any) -> Any:
    """A JSON cell of a row that `fetch` brought: SQLite keeps text, PostgreSQL gives values."""
    return orjson.loads(value) if isinstance(value, str) else value
