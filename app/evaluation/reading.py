"""Tells what a file of labels is, and reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from app.curation.attributes import CategoryAttribute, NumericAttribute
from app.curation.policy import Policy
from app.errors import OperatorError
from app.evaluation.attribute_csv import read_attribute_csv
from app.evaluation.labels import Findings, Label
from app.evaluation.scalabel import read_scalabel

READERS: dict[str, Callable[[Path, Findings], Iterator[Label]]] = {
    ".json": read_scalabel,
    ".jsonl": read_scalabel,
    ".ndjson": read_scalabel,
    ".csv": read_attribute_csv,
}


def read_labels(path: Path, findings: Findings) -> list[Label]:
    """Return the labels of a file, or of every JSON file of a folder (2018, one file per picture).

    Raises OperatorError when nothing can be read; what is odd but harmless is counted in the findings.
    """
    if not path.exists():
        raise OperatorError(f"labels {path}", "there is no such file", "name a file or folder of labels")
    files = sorted(one for one in path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise OperatorError(f"labels {path}", "no .json file lies in the folder", "name a folder with 2018 labels")
    labels: list[Label] = []
    names: set[str] = set()
    for file in files:
        reader = READERS.get(file.suffix.lower())
        if reader is None:
            raise OperatorError(
                f"labels {file}", f"no labels are read from {file.suffix or 'such'} files", "name .json, .jsonl or .csv"
            )
        try:
            for label in reader(file, findings):
                if label.name in names:
                    findings.add("picture listed again, left out", label.name)
                else:
                    names.add(label.name)
                    labels.append(label)
        except (OSError, UnicodeDecodeError) as error:
            raise OperatorError(f"labels {file}", str(error), "name a readable UTF-8 file") from error
    if not labels:
        raise OperatorError(f"labels {path}", "holds no picture that can be used", "name a file with labelled pictures")
    return labels


def compare_with(policy: Policy, labels: list[Label], findings: Findings) -> None:
    """Count what the labels have and the policy does not name: it is counted as `other`, or plays no part."""
    named = {name: one for name, one in policy.attributes.items() if isinstance(one, CategoryAttribute)}
    measured = {one.measure for one in policy.attributes.values() if isinstance(one, NumericAttribute)}
    presence = [one for one in policy.attributes.values() if one.kind == "presence"]
    for label in labels:
        for name, value in label.attributes.items():
            rule = named.get(name)
            if rule is None:
                findings.add(f"attribute {name} that the policy does not name: plays no part", label.name)
            elif rule.values and rule.aliases.get(value, value) not in rule.values:
                findings.add(f"value {name}={value} outside the vocabulary: counted as other", label.name)
        for name in label.measures.keys() - measured:
            findings.add(f"measure {name} that the policy does not name: plays no part", label.name)
        for one in label.objects:
            for rule_of in presence:
                if rule_of.values and rule_of.aliases.get(one.label, one.label) not in rule_of.values:
                    findings.add(f"class {one.label} outside the vocabulary: plays no part", label.name)
