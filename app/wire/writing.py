"""Writes the source of a record's encoder: one straight function without calls per nested record, compiled at start.

Generated, because the general encoder spends ten times the time on looking up what each field is: floats that follow
one another become one struct, small numbers and repeated strings one dict lookup.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

from app.wire.shape import Entries, Items, Nullable, Primitive, Record, Shape, Symbols
from app.wire.varint import REMEMBERED, SMALL, write_int, write_long, write_text

FLOATS = {"float": "f", "double": "d"}


def check_finite(*numbers: float) -> None:
    """Raise ValueError when a number is NaN or infinite."""
    for number in numbers:
        if not math.isfinite(number):
            raise ValueError(f"{number} is not finite")


def pack_floats(code: str, numbers: Sequence[float]) -> bytes:
    """Encode numbers that follow one another; raises ValueError when one is NaN or infinite."""
    packed = struct.pack(f"<{len(numbers)}{code}", *numbers)
    total = sum(numbers)
    if total - total:
        check_finite(*numbers)
    return packed


class EncoderSource:
    """Collect the lines and constants of one encoder."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            "small": SMALL.get,
            "number": write_long,
            "number32": write_int,
            "known": REMEMBERED.get,
            "text": write_text,
            "flag": {False: b"\0", True: b"\1"},
            "finite": check_finite,
            "floats": pack_floats,
        }
        self.variables = 0

    def variable(self) -> str:
        """Return a new local name."""
        self.variables += 1
        return f"v{self.variables}"

    def constant(self, value: Any) -> str:
        """Return a global name of the generated function that stands for a value."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def write(self, shape: Shape, value: str, indent: str) -> None:
        """Append the lines that encode the value that an expression gives."""
        add = self.lines.append
        name = self.variable()
        match shape:
            case Primitive(kind) if kind in FLOATS:
                self.write_floats([kind], [value], indent)
            case Primitive("string"):
                add(f"{indent}{name} = {value}; add(known({name}) or text({name}))")
            case Primitive("int"):
                add(f"{indent}{name} = {value}; add(small({name}) or number32({name}))")
            case Primitive("long"):
                add(f"{indent}{name} = {value}; add(small({name}) or number({name}))")
            case Primitive("bytes"):
                add(f"{indent}{name} = {value}; n = len({name}); add(small(n) or number(n)); add({name})")
            case Primitive("boolean"):
                add(f"{indent}add(flag[{value}])")
            case Symbols(symbols):
                places = self.constant({symbol: write_long(place) for place, symbol in enumerate(symbols)})
                add(f"{indent}add({places}[{value}])")
            case Nullable(inner):
                add(f"{indent}{name} = {value}")
                add(f"{indent}if {name} is None: add(b'\\0')")
                add(f"{indent}else:")
                add(f"{indent} add(b'\\2')")
                self.write(inner, name, indent + " ")
            case Items(Primitive(kind)) if kind in FLOATS:
                add(f"{indent}{name} = {value}")
                add(f"{indent}if {name}:")
                add(f"{indent} n = len({name}); add(small(n) or number(n)); add(floats({FLOATS[kind]!r}, {name}))")
                add(f"{indent}add(b'\\0')")
            case Items(inner):
                each = self.variable()
                add(f"{indent}{name} = {value}")
                add(f"{indent}if {name}:")
                add(f"{indent} n = len({name}); add(small(n) or number(n))")
                add(f"{indent} for {each} in {name}:")
                self.write(inner, each, indent + "  ")
                add(f"{indent}add(b'\\0')")
            case Entries(inner):
                key, each = self.variable(), self.variable()
                add(f"{indent}{name} = {value}")
                add(f"{indent}if {name}:")
                add(f"{indent} n = len({name}); add(small(n) or number(n))")
                add(f"{indent} for {key}, {each} in {name}.items():")
                add(f"{indent}  add(known({key}) or text({key}))")
                self.write(inner, each, indent + "  ")
                add(f"{indent}add(b'\\0')")
            case Record(_, fields):
                add(f"{indent}{name} = {value}")
                self.write_fields(fields, name, indent)

    def write_fields(self, fields: tuple[tuple[str, Shape], ...], record: str, indent: str) -> None:
        """Append the lines of a record's fields, floats that follow one another together."""
        run: list[tuple[str, str]] = []
        for field, shape in (*fields, ("", Record(object, ()))):
            if isinstance(shape, Primitive) and shape.name in FLOATS:
                run.append((shape.name, f"{record}.{field}"))
                continue
            if run:
                self.write_floats([kind for kind, _ in run], [value for _, value in run], indent)
                run = []
            if field:
                self.write(shape, f"{record}.{field}", indent)

    def write_floats(self, kinds: list[str], values: list[str], indent: str) -> None:
        """Append the lines of floats in a row; a sum less itself is zero only if every part is finite (or the sum
        overflows)."""
        pack = self.constant(struct.Struct("<" + "".join(FLOATS[kind] for kind in kinds)).pack)
        names, total = [self.variable() for _ in values], self.variable()
        self.lines.append(
            f"{indent}" + "; ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
        )
        self.lines.append(f"{indent}{total} = {' + '.join(names)}")
        self.lines.append(f"{indent}if {total} - {total}: finite({', '.join(names)})")
        self.lines.append(f"{indent}add({pack}({', '.join(names)}))")


def encoder(shape: Record) -> Callable[[Any, bytes], bytes]:
    """Compile the encoder of a record: (record, bytes before it) -> bytes;
    it raises whatever a wrong value provokes."""
    source = EncoderSource()
    source.write_fields(shape.fields, "record", " ")
    text = "\n".join(
        [
            "def encode(record, prefix):",
            " parts = [prefix]; add = parts.append",
            *source.lines,
            " return b''.join(parts)",
        ]
    )
    exec(compile(text, f"<encoder of {shape.held_as.__name__}>", "exec"), source.names)
    return source.names["encode"]  # type: ignore[no-any-return]  # compiled just above
