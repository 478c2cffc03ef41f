"""Label sets: what each class stands for, in the order of its network."""

from __future__ import annotations

import csv
from pathlib import Path

from models.labels import BDD100K_CLASSES, COCO_80, COCO_TO_BDD100K, LABEL_SETS


def test_every_mapped_coco_class_is_a_bdd100k_class_and_all_others_are_ignored() -> None:
    assert len(COCO_80) == len(set(COCO_80)) == 80
    assert dict(zip(COCO_80, LABEL_SETS["coco_80"], strict=True)) == {n: COCO_TO_BDD100K.get(n) for n in COCO_80}
    assert set(BDD100K_CLASSES) - set(LABEL_SETS["coco_80"]) == {"rider"}


def test_coco_names_stand_where_the_label_file_of_the_networks_has_them(shared_data: Path) -> None:
    assert list(COCO_80) == (shared_data / "models" / "labels" / "coco_80.txt").read_text().split("\n")[:80]


def test_places_stand_in_the_groups_of_their_list(shared_data: Path) -> None:
    with (shared_data / "models" / "labels" / "places365_scene_groups.csv").open() as opened:
        groups = {int(row["index"]): row["group"] for row in csv.DictReader(opened)}
    assert dict(enumerate(LABEL_SETS["places365_groups"])) == groups
