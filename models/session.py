"""A network's file opened in onnxruntime: the contract checked, and the provider that really runs asserted.

onnxruntime falls back to the CPU with no more than a log line when a GPU library is missing, so what it says afterwards
is compared with what was asked. The caller lists the providers it accepts, best first: ("cuda",) must run on the GPU,
("cuda", "cpu") may fall back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.errors import NetworkError
from models.manifest import Network, Shape, shape_fault

Provider = Literal["cpu", "cuda", "tensorrt"]
PROVIDERS: Mapping[Provider, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
_ONNX_TYPES = {"float32": "tensor(float)", "uint8": "tensor(uint8)"}


class Session:
    """Run one network; safe to call from several threads at once."""

    def __init__(self, network: Network, runtime: Any, provider: Provider) -> None:
        self.network, self.provider = network, provider
        self._runtime = runtime
        self._output_names = list(network.outputs)

    def run(self, batch: NDArray[Any]) -> Mapping[str, NDArray[np.float32]]:
        """Judge a batch in the input's shape; return its outputs by name, each in the manifest's shape.

        What onnxruntime refuses, or gives in another shape, raises NetworkError.
        """
        try:
            answers = self._runtime.run(self._output_names, {self.network.input.name: batch})
        except Exception as error:  # onnxruntime raises classes that it does not export
            why = f"run failed: {_first_line(error)}"
            raise NetworkError(f"network {self.network.name}", why, _REMEDY_FILE) from error
        outputs = dict(zip(self._output_names, answers, strict=True))
        letters = _letters(self.network.input.shape, batch.shape)
        for name, answer in outputs.items():
            if fault := shape_fault(self.network.outputs[name], answer.shape, letters):
                raise NetworkError(f"output {name} of {self.network.name}", fault, _REMEDY_FILE)
        return outputs

    def warm(self, pictures: Sequence[int], size_wh: tuple[int, int]) -> None:
        """Run a blank batch of each size once, so that memory and kernels are there before the first picture."""
        contract = self.network.input
        for count in pictures:
            self.run(np.zeros(contract.shape_of(count, size_wh), contract.dtype))


def open_session(
    network: Network, file: Path, providers: Sequence[Provider] = ("cpu",), intra_op_threads: int = 1
) -> Session:
    """Open a network's file and hold it against the manifest; what does not fit raises NetworkError before any work."""
    runtime, provider = _open(network, file, providers, intra_op_threads)
    inputs = {tensor.name: tensor for tensor in runtime.get_inputs()}
    contract = network.input
    if set(inputs) != {contract.name}:
        why = f"the file has {', '.join(sorted(inputs))} instead of {contract.name}"
        raise NetworkError(f"inputs of {network.name}", why, _REMEDY_FILE)
    given = inputs[contract.name]
    if given.type != _ONNX_TYPES[contract.dtype]:
        why = f"{given.type} instead of {contract.dtype}"
        raise NetworkError(f"input {given.name} of {network.name}", why, _REMEDY_FILE)
    if fault := shape_fault(contract.shape, tuple(given.shape), {}):
        raise NetworkError(f"input {given.name} of {network.name}", fault, _REMEDY_FILE)
    outputs = {tensor.name: tensor for tensor in runtime.get_outputs()}
    for name, shape in network.outputs.items():
        if name not in outputs:
            found = ", ".join(sorted(outputs))
            raise NetworkError(f"output {name} of {network.name}", f"missing, the file has {found}", _REMEDY_FILE)
        if fault := shape_fault(shape, tuple(outputs[name].shape), {}):
            raise NetworkError(f"output {name} of {network.name}", fault, _REMEDY_FILE)
    return Session(network, runtime, provider)


_REMEDY_FILE = "check the file and its table in the manifest (roadsieve models verify)"


def _open(network: Network, file: Path, providers: Sequence[Provider], intra_op_threads: int) -> tuple[Any, Provider]:
    built_in = ort.get_available_providers()
    wanted = [name for name in providers if PROVIDERS[name] in built_in]
    if not wanted:
        why = f"this onnxruntime has {', '.join(built_in)}, but {' or '.join(providers)} was asked for"
        raise NetworkError(f"network {network.name}", why, "install the build for that hardware, or allow cpu")
    options = ort.SessionOptions()
    options.intra_op_num_threads = intra_op_threads
    options.inter_op_num_threads = 1
    # idle pool threads that spin take the cores from decoding: twice the CPU time per picture on two busy cores
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        runtime = ort.InferenceSession(str(file), options, providers=[PROVIDERS[name] for name in wanted])
    except Exception as error:  # onnxruntime raises classes that it does not export
        why = f"{file} does not open: {_first_line(error)}"
        remedy = "fetch it again, or use an onnxruntime that knows its opset"
        raise NetworkError(f"network {network.name}", why, remedy) from error
    runtime.disable_fallback()
    real = runtime.get_providers()[0]
    for provider in providers:
        if PROVIDERS[provider] == real:
            return runtime, provider
    why = f"runs on {real}, but {' or '.join(providers)} was asked for"
    raise NetworkError(f"network {network.name}", why, "check driver and libraries of the accelerator, or allow cpu")


def _letters(shape: Shape, real: tuple[int, ...]) -> dict[str, int]:
    return {letter: number for letter, number in zip(shape, real, strict=True) if isinstance(letter, str)}


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
