"""The pages of the query API: questions, counts, the data dictionary, health, OpenAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.lake.open import open_plate_index, open_warehouse
from app.lake.tables import LAKE_TABLES
from app.lake.validation.results import verified_days
from app.lake_api.answering import Answering
from app.lake_api.audit import AuditLog
from app.lake_api.audit_turns import AuditTurns
from app.lake_api.body import ColumnTold, Count, CountBody, Fault, Health, QuestionBody, TableTold
from app.lake_api.body_limit import BodyLimit, refusal
from app.lake_api.desk import Desk, Room
from app.lake_api.formats import MEDIA_TYPES
from app.lake_api.refusals import REFUSALS, NoToken, Overloaded, Refusal
from app.lake_api.service import Limits, Service, by_plate_index
from app.lake_api.shots import Shots
from app.lake_api.tokens import Token, Tokens
from app.lake_api.warming import Warming
from app.settings import Settings
from app.telemetry import exposition

CURSOR, FILES_READ = "X-Next-Cursor", "X-Files-Read"
ABOUT = """Ask the plate lake. POST /query answers with rows; a page that has more after it carries the header
X-Next-Cursor, to be sent as `cursor` with the same question. Plates are *** for tokens that may not read them."""
_FAULTS: dict[int | str, dict[str, Any]] = {
    refusal.status: {"model": Fault, "description": (refusal.__doc__ or "").strip()} for refusal in REFUSALS
}
_bearer = HTTPBearer(auto_error=False, description="Made by `roadsieve api token NAME`.")


async def _holder(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Token:
    # A look at one file's time, of which a thread would cost a multiple.
    found: Token = request.app.state.tokens.holder(request.headers.get("authorization"))
    return found


async def _service(request: Request) -> Service:  # FastAPI gives a thread to what is not async
    found: Service = request.app.state.service
    return found


Holder = Annotated[Token, Depends(_holder)]
Serving = Annotated[Service, Depends(_service)]


def make_app(settings: Settings) -> FastAPI:
    """Return the API of the lake that the settings name; it opens the lake when it starts, and closes it at the end."""
    app = FastAPI(
        title="roadsieve plate lake", version=version("roadsieve"), description=ABOUT, lifespan=_opened(settings),
        docs_url=None, redoc_url=None,  # both would load scripts from servers of others
    )  # fmt: skip

    @app.post("/query", responses={**_FAULTS, 200: _ROWS}, response_class=Response)
    async def query(body: QuestionBody, token: Holder, serving: Serving) -> Response:
        """Return rows of a table, as JSON, CSV or an Arrow stream."""
        answer = await serving.query(body, token)
        headers = {"X-Rows": str(answer.rows), FILES_READ: str(answer.files_read), "Cache-Control": "no-store"}
        if answer.cursor is not None:
            headers[CURSOR] = answer.cursor
        return Response(answer.body, media_type=MEDIA_TYPES[body.format], headers=headers)

    @app.post("/count", responses=_FAULTS)
    async def count(body: CountBody, token: Holder, serving: Serving, response: Response) -> Count:
        """Return how many rows there are."""
        found, files_read = await serving.count(body, token)
        response.headers[FILES_READ] = str(files_read)
        return Count(table_name=body.table_name, count=found)

    @app.get("/tables", responses=_FAULTS)
    async def tables(_: Holder) -> list[TableTold]:
        """Return the data dictionary: every table with its columns."""
        return [_told(name) for name in LAKE_TABLES]

    @app.get("/health", responses=_FAULTS)
    async def health(serving: Serving) -> Health:
        """Tell whether the lake can be read, and whether lookups are as fast as they will be."""
        rows = await serving.rows_of_tables([*LAKE_TABLES])
        return Health(status="ok", warm=app.state.warming.is_warm, tables=rows)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """Return how long questions took, for Prometheus."""
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    app.add_middleware(BodyLimit)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(400, _not_read)
    for status in (404, 405):
        app.add_exception_handler(status, _no_page)
    told = app.openapi
    app.openapi = lambda: _without_422(told())  # type: ignore[method-assign]  # FastAPI's own way to change it
    return app


_ROWS: dict[str, Any] = {
    "description": "Rows in order.",
    "headers": {
        CURSOR: {"description": "Where the next page begins; absent on the last.", "schema": {"type": "string"}},
        "X-Rows": {"description": "Rows in this answer.", "schema": {"type": "string"}},
        FILES_READ: {"description": "Files that were read for it; the others could not hold an answer.",
                     "schema": {"type": "string"}},
    },
    "content": {
        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        "text/csv": {"schema": {"type": "string"}},
        "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
    },
}


def _opened(settings: Settings) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as opened:
            warehouse = await opened.enter_async_context(open_warehouse(settings))
            shots = Shots(warehouse)
            for name in LAKE_TABLES:
                await asyncio.to_thread(shots.newest, name)
            index = await opened.enter_async_context(open_plate_index(settings))
            desk = Desk(Room(
                settings.api_at_once, settings.api_waiting, settings.api_wait_s, settings.api_timeout_s
            ))  # fmt: skip
            opened.callback(desk.close)
            app.state.tokens = Tokens(settings.path_of_lake() / "tokens.jsonl")
            app.state.service = Service(
                Answering(
                    shots, by_plate_index(index), partial(verified_days, warehouse), settings.api_read_bytes
                ), desk,
                AuditTurns(AuditLog(settings.path_of_lake())), Limits(settings.api_rows, settings.api_answer_bytes),
            )  # fmt: skip
            app.state.warming = Warming(shots, index)
            await opened.enter_async_context(app.state.warming.beside())
            yield

    return lifespan


def _told(name: str) -> TableTold:
    table = LAKE_TABLES[name]
    columns = [
        ColumnTold(**{field: getattr(one, field) for field in ColumnTold.model_fields}) for one in table.columns
    ]
    return TableTold(name=name, meaning=table.meaning, key=list(table.key), columns=columns)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, NoToken) else {}
    headers |= {"Retry-After": "1"} if isinstance(error, Overloaded) else {}
    return refusal(error, headers)


async def _misunderstood(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return JSONResponse({"error": "body: it is not said to be JSON; send Content-Type: application/json"}, 400)
    faults = [f"{'.'.join(str(part) for part in one['loc'][1:]) or 'body'}: {one['msg']}" for one in error.errors()]
    return JSONResponse({"error": "; ".join(faults[:5]).encode("ascii", "backslashreplace").decode()}, 400)


async def _not_read(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"error": "body: it cannot be read as JSON; see GET /openapi.json"}, 400)


async def _no_page(request: Request, error: Exception) -> JSONResponse:
    status = getattr(error, "status_code", 404)
    pages = "POST /query, POST /count, GET /tables, GET /health, GET /openapi.json"
    what = f"{request.method[:10]} {request.url.path[:60]}".encode("ascii", "backslashreplace").decode()
    return JSONResponse({"error": f"{what}: there is no such page; there are {pages}"}, status)


def _without_422(told: dict[str, Any]) -> dict[str, Any]:
    for path in told["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    return told
