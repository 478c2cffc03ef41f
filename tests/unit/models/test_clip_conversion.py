"""A network of pictures and texts becomes one of pictures: a stand-in of CLIP's interface, answering what is known."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.conversion import converted_file
from models.errors import NetworkError
from models.eyes import open_eyes
from models.labels import LABEL_SETS
from models.manifest import Network, shipped_manifest
from models.prompts import BEGIN, END, LENGTH, PROMPTS, token_ids
from models.session import open_session

TINYCLIP = shipped_manifest()["tinyclip_vit_8m_16"]
TEXTS = [prompt for prompts in PROMPTS.values() for prompt in prompts]


def write_clip_standin(path: Path, pixels: str = "pixel_values") -> Path:
    """Write a CLIP that likens a text to a picture by their means: -1000 |mean(masked ids) / 100000 - mean(pixels)|."""
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["text_batch", "length"])
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["text_batch", "length"])
    pictures = helper.make_tensor_value_info(pixels, TensorProto.FLOAT, ["image_batch", 3, "height", "width"])
    outputs = [
        helper.make_tensor_value_info("logits_per_image", TensorProto.FLOAT, ["image_batch", "text_batch"]),
        helper.make_tensor_value_info("logits_per_text", TensorProto.FLOAT, ["text_batch", "image_batch"]),
        helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["text_batch", 1]),
        helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["image_batch", 512]),
    ]
    node = helper.make_node
    nodes = [
        node("Cast", ["input_ids"], ["words"], to=TensorProto.FLOAT),
        node("Cast", ["attention_mask"], ["seen"], to=TensorProto.FLOAT),
        node("Mul", ["words", "seen"], ["masked"]),
        node("ReduceSum", ["masked", "one"], ["total"], keepdims=1),
        node("ReduceSum", ["seen", "one"], ["length"], keepdims=1),
        node("Div", ["total", "length"], ["mean_id"]),
        node("Div", ["mean_id", "hundred_thousand"], ["text_embeds"]),
        node("ReduceMean", [pixels], ["bright"], axes=[1, 2, 3], keepdims=0),
        node("Unsqueeze", ["bright", "one"], ["picture"]),
        node("Transpose", ["text_embeds"], ["texts"], perm=[1, 0]),
        node("Sub", ["picture", "texts"], ["difference"]),
        node("Abs", ["difference"], ["distance"]),
        node("Mul", ["distance", "minus_thousand"], ["logits_per_image"]),
        node("Transpose", ["logits_per_image"], ["logits_per_text"], perm=[1, 0]),
        node("Expand", ["picture", "wide"], ["image_embeds"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(np.array([1, 512], np.int64), "wide"),
        numpy_helper.from_array(np.float32(100_000), "hundred_thousand"),
        numpy_helper.from_array(np.float32(-1000), "minus_thousand"),
    ]
    graph = helper.make_graph(nodes, "clip", [ids, pictures, mask], outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def of_file(file: Path) -> Network:
    content = file.read_bytes()
    facts = {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content), "url": ""}
    return TINYCLIP.model_copy(update=facts)


def mean_id(prompt_tokens: tuple[int, ...]) -> float:
    return (BEGIN + sum(prompt_tokens) + END) / (len(prompt_tokens) + 2) / 100_000


def test_the_texts_are_built_in_and_each_role_has_its_own_logits(tmp_path: Path) -> None:
    network = of_file(write_clip_standin(tmp_path / "clip.onnx"))
    session = open_session(network, converted_file(network, tmp_path / "clip.onnx"))
    pictures = np.stack([np.full((3, 224, 224), value, np.float32) for value in (0.1, 0.2, 0.3)])
    outputs = session.run(pictures)
    likeness = np.concatenate([outputs[role] for role in PROMPTS], axis=1)
    expected = [[-1000 * abs(mean_id(one.tokens) - value) for one in TEXTS] for value in (0.1, 0.2, 0.3)]
    np.testing.assert_allclose(likeness, expected, rtol=1e-3, atol=0.05)
    assert outputs["image_embeds"].shape == (3, 512)


async def test_one_picture_is_told_in_the_words_of_the_likest_texts(tmp_path: Path) -> None:
    network = of_file(write_clip_standin(tmp_path / "clip.onnx"))
    asked = {role: prompts[-1] for role, prompts in PROMPTS.items()}
    roles = [*PROMPTS, "embedding"]
    networks = {network.name: network}
    async with open_eyes(
        network.name, cache=tmp_path / "cache", mirror=str(tmp_path), roles=roles, networks=networks
    ) as eyes:
        for role, prompt in asked.items():
            grey = (mean_id(prompt.tokens) * np.array(network.input.std) + np.array(network.input.mean))[::-1]
            # one channel carries what whole numbers of the others cannot
            picture = np.broadcast_to(np.rint(grey), (224, 224, 3)).astype(np.uint8)
            (judgment,) = await eyes.look([picture], [(1280, 720)])
            likest = max(
                PROMPTS[role],
                key=lambda one: (
                    -abs(
                        mean_id(one.tokens)
                        - float(((picture[0, 0, ::-1] - network.input.mean) / network.input.std).mean())
                    )
                ),
            )
            assert getattr(judgment, role) == likest.word
            assert len(judgment.embedding) == 64 * 4


@pytest.mark.parametrize("change", ["another input", "no ONNX"])
def test_what_is_no_clip_is_refused_by_name(change: str, tmp_path: Path) -> None:
    file = write_clip_standin(tmp_path / "clip.onnx", "pictures" if change == "another input" else "pixel_values")
    if change == "no ONNX":
        file.write_bytes(b"no network")
    told = (
        r"takes attention_mask, input_ids, pictures and gives .*not as a CLIP does"
        if "input" in change
        else "is no ONNX file"
    )
    with pytest.raises(NetworkError, match=told):
        converted_file(TINYCLIP, file)


def test_texts_are_ids_within_a_mask() -> None:
    ids, mask = token_ids(TEXTS)
    assert {len(row) for row in (*ids, *mask)} == {LENGTH}
    for row, seen, prompt in zip(ids, mask, TEXTS, strict=True):
        length = len(prompt.tokens) + 2
        assert row[0] == BEGIN and row[length - 1] == END and sum(seen) == length and all(seen[:length])
        assert len(prompt.tokens) == len(prompt.text.split())  # every word here is one byte pair of CLIP's


@pytest.mark.parametrize("role", list(PROMPTS))
def test_the_words_are_those_of_bdd100k(role: str) -> None:
    assert set(LABEL_SETS[f"prompts_{role}"]) == {word for word in LABEL_SETS[f"bdd100k_{role}"] if word}
