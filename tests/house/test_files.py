"""Laws of every file: small, named for one thing, saying so first, at home on any machine."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, python_files, syntax_of, text_of

MOST_LINES = 300
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "stuff", "tools"}
WRITTEN_BY_HAND = {".py", ".sh", ".avsc", ".md", ""}  # a list of data is as long as what it lists
MAY_BE_LONG = {"CHANGELOG.md"}
# Written as classes of one letter, so that this file keeps its own law.
PATHS_OF_ONE_MACHINE = re.compile(r"(?<![\w.{}~-])/([w]ork|[h]ome|[r]oot|[U]sers|[t]mp)/\w")
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b")
HOSTS_WE_NAME = {"127.0.0.1", "localhost", "example.com", "example.org"}
HOSTS_WE_NAME |= {"www.apache.org", "github.com", "raw.githubusercontent.com", "huggingface.co"}
HOSTS_WE_NAME |= {"places2.csail.mit.edu", "dl.cv.ethz.ch"}  # where networks of the manifest lie
URL = re.compile(r"\b(?:https?|ftp)://([\w.-]+)")
SILENCED = re.compile(r"#\s*(?:type: ignore\[[\w, -]+\]|noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*)\s*(.*)")
SILENCED_SOMEHOW = re.compile(r"#\s*(?:type:\s*ignore|noqa)\b")


def lines_where(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_a_file_has_at_most_300_lines() -> None:
    written = [path for path in files() if path.suffix in WRITTEN_BY_HAND and path.name not in MAY_BE_LONG]
    lengths = {path: len((text_of(path) or "").splitlines()) for path in written}
    assert {str(path): length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_a_name_says_what_is_inside() -> None:
    named = [path for path in python_files() if NAMES_THAT_SAY_NOTHING & set(re.split(r"[_.]", path.stem))]
    folders = [path for path in files() if NAMES_THAT_SAY_NOTHING & set(path.parts[:-1])]
    assert named + folders == []


def test_a_file_says_in_its_first_line_what_it_is_for() -> None:
    silent = [path for path in python_files() if text_of(path) and not ast.get_docstring(syntax_of(path))]
    assert silent == []
    late = [path for path in python_files() if not (text_of(path) or '"""').startswith(('"""', "#!"))]
    assert late == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_where(UNFINISHED) == []
    unwritten = [
        f"{path}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
    ]
    assert unwritten == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert lines_where(PATHS_OF_ONE_MACHINE) == []


def test_urls_name_only_hosts_that_we_chose_to_name() -> None:
    strange = {
        f"{path}: {host}"
        for path in files()
        for host in URL.findall(text_of(path) or "")
        if "." in host and host not in HOSTS_WE_NAME and not host.endswith((".invalid", ".example", ".test"))
    }
    assert sorted(strange) == []


def test_whoever_silences_a_checker_gives_the_reason_beside_it() -> None:
    unexplained = []
    for path in python_files():
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1):
            if SILENCED_SOMEHOW.search(line) and path != Path(__file__).relative_to(ROOT):
                told = SILENCED.search(line)
                if told is None or len(told[1].strip(" #-:")) < 5:
                    unexplained.append(f"{path}:{number}: {line.strip()[:100]}")
    assert unexplained == []


def test_a_test_that_is_left_out_says_why() -> None:
    """A call of pytest.skip, mark.skip and their like carries a text; the bare mark is no call and carries none."""
    silent = []
    for path in [path for path in python_files() if path.parts[0] == "tests"]:
        nodes = list(ast.walk(syntax_of(path)))
        explained = {id(node.func) for node in nodes if isinstance(node, ast.Call) and has_text(node)}
        silent += [
            f"{path}:{node.lineno}"
            for node in nodes
            if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail"}
            if ast.unparse(node.value) in {"pytest", "pytest.mark"} and id(node) not in explained
        ]
    assert silent == []


def has_text(call: ast.Call) -> bool:
    """Tell whether some argument of a call is a text that is not empty."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(g, ast.JoinedStr) or (isinstance(g, ast.Constant) and bool(str(g.value))) for g in given)


@pytest.mark.parametrize("folder", ["shared", "data"])
def test_no_data_of_others_is_kept(folder: str) -> None:
    assert [path for path in files() if path.parts[0] == folder] == []
