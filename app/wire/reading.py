"""Writes the source of a record's decoder: one straight function that fills the dataclasses directly, compiled at
start.

A frozen dataclass pays one object.__setattr__ per field to be constructed; the decoder fills a bare class with the
same slots and then makes the instance one of the frozen class, which costs a seventh.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.wire.shape import Entries, Items, Nullable, Primitive, Record, Shape, Symbols
from app.wire.varint import KNOWN, read_count, read_int, read_length, read_long, read_text
from app.wire.writing import FLOATS, check_finite


def _refuse(why: str) -> None:
    raise ValueError(why)


class DecoderSource:
    """Collect the lines and constants of one decoder."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            "number": read_long,
            "number32": read_int,
            "length": read_length,
            "count": read_count,
            "known": KNOWN.get,
            "text": read_text,
            "finite": check_finite,
            "refuse": _refuse,
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

    def read(self, shape: Shape, target: str, indent: str) -> None:
        """Append the lines that decode a value at `at` into a target."""
        add = self.lines.append
        match shape:
            case Primitive(kind) if kind in FLOATS:
                self.read_floats([kind], [target], indent)
            case Primitive("string"):
                self.length(indent)
                add(f"{indent}raw = data[at:(at := at + n)]; {target} = known(raw) or text(raw)")
            case Primitive("bytes"):
                self.length(indent)
                add(f"{indent}{target} = data[at:(at := at + n)]")
            case Primitive("int" | "long" as kind):
                add(f"{indent}n = data[at]")
                add(f"{indent}if n > 127: {target}, at = number{'32' if kind == 'int' else ''}(data, at)")
                add(f"{indent}else: {target} = n >> 1 ^ -(n & 1); at += 1")
            case Primitive("boolean"):
                add(f"{indent}n = data[at]; at += 1")
                add(f"{indent}if n > 1: refuse('a boolean that is neither true nor false')")
                add(f"{indent}{target} = n == 1")
            case Symbols(symbols):
                add(f"{indent}n, at = length(data, at)")
                add(f"{indent}if n >= {len(symbols)}: refuse('an unknown symbol of an enumeration')")
                add(f"{indent}{target} = {self.constant(symbols)}[n]")
            case Nullable(inner):
                add(f"{indent}n = data[at]; at += 1")
                add(f"{indent}if n == 0: {target} = None")
                add(f"{indent}elif n == 2:")
                self.read(inner, target, indent + " ")
                add(f"{indent}else: refuse('an unknown branch of a union')")
            case Items(inner, container):
                items, each = self.variable(), self.variable()
                add(f"{indent}{items} = []")
                with self.blocks(indent) as deeper:
                    self.read(inner, each, deeper)
                    add(f"{deeper}{items}.append({each})")
                add(f"{indent}{target} = {'tuple(' + items + ')' if container is tuple else items}")
            case Entries(inner):
                entries, key, each = self.variable(), self.variable(), self.variable()
                add(f"{indent}{entries} = {{}}")
                with self.blocks(indent) as deeper:
                    self.read(Primitive("string"), key, deeper)
                    self.read(inner, each, deeper)
                    add(f"{deeper}{entries}[{key}] = {each}")
                add(f"{indent}{target} = {entries}")
            case Record(held_as, fields) if fillable(held_as):
                record = self.variable()
                add(f"{indent}{record} = {self.constant(type('Filled', (), {'__slots__': held_as.__slots__}))}()")  # type: ignore[attr-defined]  # fillable says it has slots
                self.read_fields([(f"{record}.{name}", inner) for name, inner in fields], indent)
                add(f"{indent}{record}.__class__ = {self.constant(held_as)}; {target} = {record}")
            case Record(held_as, fields):
                values = [self.variable() for _ in fields]
                self.read_fields([(value, inner) for value, (_, inner) in zip(values, fields, strict=True)], indent)
                add(f"{indent}{target} = {self.constant(held_as)}({', '.join(values)})")

    def length(self, indent: str) -> None:
        """Append the lines that decode a length into n."""
        self.lines.append(f"{indent}n = data[at]")
        self.lines.append(f"{indent}if n & 129: n, at = length(data, at)")
        self.lines.append(f"{indent}else: n >>= 1; at += 1")

    @contextmanager
    def blocks(self, indent: str) -> Iterator[str]:
        """Append the loop over the blocks of an array or map, around the lines appended inside; gives their indent."""
        left = self.variable()
        count = [
            f"{left} = data[at]",
            f"if {left} & 129: {left}, at = count(data, at)",
            f"else: {left} >>= 1; at += 1",
        ]
        self.lines.extend(indent + line for line in count)
        self.lines.append(f"{indent}while {left}:")
        self.lines.append(f"{indent} for _ in range({left}):")
        yield indent + "  "
        self.lines.extend(f"{indent} {line}" for line in count)

    def read_fields(self, fields: list[tuple[str, Shape]], indent: str) -> None:
        """Append the lines of a record's fields, floats that follow one another together."""
        run: list[tuple[str, str]] = []
        for target, shape in (*fields, ("", Record(object, ()))):
            if isinstance(shape, Primitive) and shape.name in FLOATS:
                run.append((shape.name, target))
                continue
            if run:
                self.read_floats([kind for kind, _ in run], [into for _, into in run], indent)
                run = []
            if target:
                self.read(shape, target, indent)

    def read_floats(self, kinds: list[str], targets: list[str], indent: str) -> None:
        """Append the lines of floats in a row."""
        layout = struct.Struct("<" + "".join(FLOATS[kind] for kind in kinds))
        names, total = [self.variable() for _ in targets], self.variable()
        self.lines.append(
            f"{indent}{', '.join(names)}, = {self.constant(layout.unpack_from)}(data, at); at += {layout.size}"
        )
        self.lines.append(f"{indent}{total} = {' + '.join(names)}")
        self.lines.append(f"{indent}if {total} - {total}: finite({', '.join(names)})")
        self.lines.append(
            f"{indent}" + "; ".join(f"{target} = {name}" for target, name in zip(targets, names, strict=True))
        )


def fillable(held_as: type) -> bool:
    """Tell whether instances may be filled slot by slot: slots only, nothing inherited,
    nothing done after construction."""
    return held_as.__bases__ == (object,) and "__slots__" in vars(held_as) and not hasattr(held_as, "__post_init__")


def decoder(shape: Record) -> Callable[[bytes, int], tuple[Any, int]]:
    """Compile the decoder of a record: (data, at) -> (record, position after it); it raises whatever wrong bytes
    provoke.

    A string or bytes cut short moves the position past the end of the data: the caller compares the two.
    """
    source = DecoderSource()
    source.read(shape, "record", " ")
    text = "\n".join(["def decode(data, at):", *source.lines, " return record, at"])
    exec(compile(text, f"<decoder of {shape.held_as.__name__}>", "exec"), source.names)
    return source.names["decode"]  # type: ignore[no-any-return]  # compiled just above
