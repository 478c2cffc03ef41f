"""What OpenAPI tells of the API is asked of it in all shapes: it answers each without a 500, in the form it told."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from app.lake.tables import LAKE_TABLES
from app.lake_api.web import make_app
from app.settings import Settings
from tests.unit.lake_api.small_lake import PLATES, TIMES, Caller

SCHEMA = schemathesis.openapi.from_dict(make_app(Settings()).openapi())
FUZZED, PLAIN = schemathesis.GenerationMode.NEGATIVE, schemathesis.GenerationMode.POSITIVE
PAGES = [("/query", "POST", FUZZED), ("/query", "POST", PLAIN), ("/count", "POST", PLAIN), ("/tables", "GET", PLAIN)]
SOME = hypothesis_settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "verb", "mode"), PAGES)
def test_every_shape_of_a_request_is_answered_as_told(
    reader: Caller, path: str, verb: str, mode: schemathesis.GenerationMode
) -> None:
    @given(case=SCHEMA[path][verb].as_strategy(mode))
    @SOME
    def answered(case: Any) -> None:
        body = case.body if isinstance(case.body, bytes) or verb == "GET" else json.dumps(case.body).encode()
        sent = {"content": body} if verb == "POST" else {}
        answer = reader.client.request(case.method, path, headers=reader.headers, **sent)
        case.validate_response(
            answer, checks=[not_a_server_error, status_code_conformance, response_schema_conformance]
        )

    answered()


@pytest.mark.slow
def test_health_is_as_told(reader: Caller) -> None:
    answer = reader.client.get("/health")
    SCHEMA["/health"]["GET"].validate_response(answer)
    assert answer.json()["tables"]["plate"] == reader.count("plate") > 0


def test_the_data_dictionary_names_every_column(guest: Caller) -> None:
    told = {table["name"]: [column["name"] for column in table["columns"]] for table in guest.get("/tables").json()}
    assert told == {name: list(table.column_names) for name, table in LAKE_TABLES.items()}


SCALARS = st.one_of(
    st.sampled_from([*PLATES[:2], *TIMES, "gate-1", "white", "", "\x00", "\ud800", True, 0, -1, 2**63, 1.5, 1e308]),
    st.text(max_size=5), st.integers(), st.floats(allow_nan=True), st.none(), st.booleans(),
)  # fmt: skip
COLUMNS = sorted({
    name for table in LAKE_TABLES.values() for one in table.column_names for name in (one, f"{table.name}.{one}")
})  # fmt: skip
COMPARISONS = st.dictionaries(
    st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "in", "null"]),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=2)), max_size=2,
)  # fmt: skip
QUESTIONS = st.fixed_dictionaries(
    {"table_name": st.sampled_from([*LAKE_TABLES])},
    optional={
        "filters": st.dictionaries(st.sampled_from(COLUMNS), st.one_of(SCALARS, COMPARISONS), max_size=2),
        "join": st.lists(st.sampled_from([*LAKE_TABLES]), max_size=2),
        "order": st.lists(st.sampled_from([*COLUMNS, *(f"-{name}" for name in COLUMNS)]), max_size=2),
        "columns": st.lists(st.sampled_from(COLUMNS), max_size=3), "limit": st.integers(-1, 20_000),
        "from": st.sampled_from([*TIMES, "", "0001-01-01"]), "to": st.sampled_from([*TIMES, "2199-12-31"]),
        "format": st.sampled_from(["json", "csv", "arrow"]),
    },
)  # fmt: skip


@pytest.mark.slow
@given(question=QUESTIONS)
@hypothesis_settings(SOME, max_examples=80)
def test_every_question_of_known_words_is_answered_or_refused(reader: Caller, guest: Caller, question: Any) -> None:
    answer = reader.post("/query", **question)
    assert answer.status_code in (200, 400), answer.text
    masked = guest.post("/query", **question)
    assert masked.status_code in (answer.status_code, 403)
    assert not any(plate.encode() in masked.content for plate in PLATES if plate not in json.dumps(question))
    if answer.status_code == 200 and "X-Next-Cursor" in answer.headers:
        assert reader.post("/query", **question, cursor=answer.headers["X-Next-Cursor"]).status_code == 200
