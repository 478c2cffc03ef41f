"""The JSON of the API, as OpenAPI tells it; what it means is checked in question.py."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from app.lake.tables import LAKE_TABLES

DEFAULT_LIMIT = 100
Scalar = StrictBool | StrictInt | StrictFloat | StrictStr
TableName = Annotated[str, Field(json_schema_extra={"enum": [*LAKE_TABLES]})]


class Comparison(BaseModel):
    """Conditions on one column, all of which hold; a row without a value meets none of them but `null`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    eq: Scalar | None = Field(None, description="Equal to.")
    ne: Scalar | None = Field(None, description="Not equal to.")
    lt: Scalar | None = Field(None, description="Less than.")
    le: Scalar | None = Field(None, description="At most.")
    gt: Scalar | None = Field(None, description="Greater than.")
    ge: Scalar | None = Field(None, description="At least.")
    among: list[Scalar] | None = Field(None, alias="in", min_length=1, max_length=1000, description="One of.")
    null: StrictBool | None = Field(None, description="true: has no value; false: has one.")


class CountBody(BaseModel):
    """Which rows of which table."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    table_name: TableName = Field(description="One of the tables of GET /tables.", examples=["plate"])
    filters: dict[str, Scalar | Comparison] = Field(
        default_factory=dict, max_length=100,
        description="Column to its value, or to comparisons; columns of joined tables as table.column. All must hold.",
        examples=[{"plateText": "K643ET10"}, {"confidence": {"ge": 80}, "color.color": {"in": ["white", "silver"]}}],
    )  # fmt: skip
    since: StrictStr | None = Field(
        None, alias="from", description="Rows seen at this time (ISO 8601, UTC unless it says otherwise) or later.",
        examples=["2026-11-25"],
    )  # fmt: skip
    until: StrictStr | None = Field(None, alias="to", description="Rows seen before this time.")
    join: list[TableName] = Field(
        default_factory=list, max_length=len(LAKE_TABLES),
        description="Tables whose rows of the same car or plate are put beside; rows without a partner are left out.",
    )  # fmt: skip
    verified: StrictBool = Field(
        False, description="true: only rows of days that `roadsieve lake check` found good, others are left out."
    )


class QuestionBody(CountBody):
    """Which rows of which table, in which order and form."""

    limit: StrictInt = Field(DEFAULT_LIMIT, ge=1, description="Most rows of this page; the server may give fewer.")
    columns: list[StrictStr] | None = Field(
        None, min_length=1, max_length=200, description="Columns of the answer; default all."
    )
    order: list[StrictStr] = Field(
        default_factory=list, max_length=20, examples=[["-seenAt"]],
        description="Columns to order by, descending with a minus before; those without a value last. Default seenAt.",
    )  # fmt: skip
    cursor: StrictStr | None = Field(
        None, description="Header X-Next-Cursor of the page before, sent with the same question."
    )
    format: Literal["json", "csv", "arrow"] = Field("json", description="Form of the answer.")


class Count(BaseModel):
    """How many rows there are."""

    table_name: str
    count: int


class Fault(BaseModel):
    """Why there is no answer: what, why, and the remedy."""

    error: str


class ColumnTold(BaseModel):
    """One column of the data dictionary."""

    name: str
    kind: Literal["text", "whole", "number", "truth", "time", "numbers"]
    unit: str
    required: bool
    source: str
    example: str
    meaning: str
    tells_plate: bool = Field(description="True where only tokens that may read plates see the values.")


class TableTold(BaseModel):
    """One table with its columns."""

    name: str
    meaning: str
    key: list[str]
    columns: list[ColumnTold]


class Health(BaseModel):
    """Whether the lake can be read."""

    status: Literal["ok"]
    warm: bool = Field(description="The process that was asked has read the footers that lookups of plates need.")
    tables: dict[str, Any] = Field(description="Rows of each table in its newest snapshot.")
