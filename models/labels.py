"""Names of classes: what a network's class numbers mean, and which of them are BDD100K classes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.prompts import PROMPTS

# Names of the ten BDD100K detection classes, in the order of the 2020 label files.
BDD100K_CLASSES = (
    "pedestrian", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle", "traffic light", "traffic sign",
)  # fmt: skip

COCO_80 = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed",
    "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven",
    "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip

# COCO has no class for a rider, and of traffic signs only the stop sign; every other COCO class is ignored.
COCO_TO_BDD100K: Mapping[str, str] = MappingProxyType(
    {
        "person": "pedestrian",
        "bicycle": "bicycle",
        "car": "car",
        "motorcycle": "motorcycle",
        "bus": "bus",
        "train": "train",
        "truck": "truck",
        "traffic light": "traffic light",
        "stop sign": "traffic sign",
    }
)

# Places365 class numbers (0 to 364) by what they mean for a drive; every other class is a street among others.
PLACES365_GROUPS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "airfield": (0, 174, 207, 293), "alley": (4, 57), "bridge": (66, 347), "crosswalk": (112,),
        "downtown": (125, 270), "gas": (158,), "harbor": (48, 97, 171, 266), "highway": (175, 276),
        "neighborhood": (109, 127, 216, 283), "park": (164, 254, 265, 268), "parking": (156, 157, 255, 256, 257),
        "ruin": (292, 340), "snowfield": (309,), "station": (71, 278, 337),
        "village": (104, 138, 173, 249, 348, 361), "wild": (118, 141, 142, 151, 152, 224, 232, 233, 344),
    }
)  # fmt: skip
_GROUP_OF = {place: group for group, places in PLACES365_GROUPS.items() for place in places}

# Label set of the manifest -> what is told of each class, by its number; None: nothing (an object), `unknown` (a word).
LABEL_SETS: Mapping[str, tuple[str | None, ...]] = MappingProxyType(
    {
        "coco_80": tuple(COCO_TO_BDD100K.get(name) for name in COCO_80),
        "bdd100k_10": BDD100K_CLASSES,
        "face": ("face",),
        "plate": ("plate",),
        "plate_lines": ("plate", "plate"),  # of one line, of two
        # in the order of the networks that BDD100K's makers publish (SysCV/bdd100k-models, tagging)
        "bdd100k_weather": ("rainy", "snowy", "clear", "overcast", None, "partly cloudy", "foggy"),
        "bdd100k_scene": ("tunnel", "residential", "parking lot", None, "city street", "gas stations", "highway"),
        "bdd100k_timeofday": ("daytime", "night", "dawn/dusk", None),
        **{f"prompts_{role}": tuple(prompt.word for prompt in prompts) for role, prompts in PROMPTS.items()},
        "places365_groups": tuple(_GROUP_OF.get(place, "street") for place in range(365)),
    }
)
