"""A network's file opened in onnxruntime: the contract checked, and the provider that really runs asserted.

onnxruntime falls back to the CPU with no more than a log line when a GPU library is missing, so what it says afterwards
is compared with what was asked. The caller lists the providers it accepts, best first: ("cuda",) must run on the GPU,
("cuda", "cpu") may fall back.

On an accelerator onnxruntime itself copies in and out within a run, while other threads go on, and batches that run at
once share the device. Batches are put together in page-locked memory, from which it reads without the processor's help.
On CUDA each bucket has an opened file of its own: onnxruntime keeps the plan of a convolution for the last shape alone,
and plans anew whenever it changes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.errors import NetworkError
from models.manifest import Network, Shape, shape_fault
from models.page_locked import page_locked
from models.providers import ONNX_NAMES, Precision, Provider, options_of
from models.yolox import anchors_of

Form = Literal["file", "device"]
"""A network as its file is, or made for an accelerator (conversion/for_device.py)."""
_ONNX_TYPES = {"float32": "tensor(float)", "uint8": "tensor(uint8)"}
RUNTIME = f"onnxruntime {ort.__version__}"
SUMS = ("ReduceMean", "ReduceSum", "ReduceL2")
"""Stay at 32 bits where all else is halved: over all pixels of a layer an H100 was off by so much at 16 that words
changed (ops/decisions/networks-on-a-gpu.md)."""
DEVICE = "cuda"  # where the memory of both accelerators lies
_REMEDY_FILE = "check the file and its table in the manifest (roadsieve models verify)"


class Session:
    """Run one network; safe to call from several threads at once."""

    def __init__(
        self, network: Network, runtime: Any, provider: Provider, another: Callable[[], Any] | None = None
    ) -> None:
        """Take what onnxruntime opened, and what opens it once more for each further batch size (None: one for all)."""
        self.network, self.provider = network, provider
        self.page_locked = False
        """Whether the slots given last lie in page-locked memory."""
        self._first, self._another = runtime, another
        given = {one.name for one in runtime.get_outputs()}
        self._output_names = [*network.outputs, *(name for name in map(anchors_of, network.outputs) if name in given)]
        self._runtimes: dict[tuple[int, ...], Any] = {}
        self._opening = threading.Lock()

    def run(self, batch: NDArray[Any]) -> Mapping[str, NDArray[np.float32]]:
        """Judge a batch in the input's shape; return its outputs by name, each in the manifest's shape.

        Where best cells alone are told (conversion/best_cells.py), which they are is there too.
        What onnxruntime refuses, or gives in another shape, raises NetworkError.
        """
        try:
            answers = self.runtime(batch.shape).run(self._output_names, {self.network.input.name: batch})
        except Exception as error:  # onnxruntime raises classes that it does not export
            why = f"run failed: {_first_line(error)}"
            raise NetworkError(f"network {self.network.name}", why, _REMEDY_FILE) from error
        outputs = dict(zip(self._output_names, answers, strict=True))
        letters = _letters(self.network.input.shape, batch.shape)
        for name, shape in self.network.outputs.items():
            if fault := shape_fault(shape, outputs[name].shape, letters):
                raise NetworkError(f"output {name} of {self.network.name}", fault, _REMEDY_FILE)
        return outputs

    def runtime(self, shape: tuple[int, ...]) -> Any:
        """Return what runs batches of that shape: one opened file for all, or one for each where plans are kept so."""
        if not self._another:
            return self._first
        with self._opening:
            if shape not in self._runtimes:
                self._runtimes[shape] = self._another() if self._runtimes else self._first
            return self._runtimes[shape]

    def slots(self, pictures: int, size_wh: tuple[int, int]) -> NDArray[Any]:
        """Return memory for a batch, to be written in place: page-locked on an accelerator where CUDA grants that."""
        contract = self.network.input
        shape = contract.shape_of(pictures, size_wh)
        locked = None if self.provider == "cpu" else page_locked(shape, contract.dtype)
        self.page_locked = locked is not None
        slots: NDArray[Any] = np.empty(shape, contract.dtype) if locked is None else locked
        slots[:] = contract.fill
        return slots

    def bare(self, pictures: int, size_wh: tuple[int, int]) -> Callable[[], None]:
        """Return one run of the engine alone, to measure against: on an accelerator nothing crosses to or from it."""
        batch = self.slots(pictures, size_wh)
        runtime, name = self.runtime(batch.shape), self.network.input.name
        binding = runtime.io_binding()
        device = "cpu" if self.provider == "cpu" else DEVICE
        tensor = ort.OrtValue.ortvalue_from_shape_and_type(batch.shape, batch.dtype.type, device, 0)
        tensor.update_inplace(batch)
        binding.bind_ortvalue_input(name, tensor)
        for output in self._output_names:
            binding.bind_output(output, device)

        def compute() -> None:
            runtime.run_with_iobinding(binding)
            binding.synchronize_outputs()

        return compute

    def warm(self, pictures: Sequence[int], size_wh: tuple[int, int]) -> None:
        """Run a blank batch of each size once, so that memory and kernels are there before the first picture."""
        contract = self.network.input
        for count in pictures:
            self.run(np.zeros(contract.shape_of(count, size_wh), contract.dtype))


def open_session(
    network: Network,
    file: Path,
    providers: Sequence[Provider] = ("cpu",),
    intra_op_threads: int = 1,
    most: int = 1,
    size_wh: tuple[int, int] | None = None,
    precision: Precision = "fp32",
    form: Form | None = None,
) -> Session:
    """Open a network's file and hold it against the manifest; what does not fit raises NetworkError before any work.

    most and size_wh (None: the manifest's) say what batches are to come, for a provider that prepares for them.
    fp16 computes at half precision between inputs and outputs that stay as they are; see gate.py.
    form None: as its file is on a CPU, elsewhere made for a device; the session's network is that which was opened.
    """
    size_wh = size_wh or network.input.size_wh
    source: str | bytes = str(file)
    if precision == "fp16" and "tensorrt" not in providers:  # which makes its own choice of what to halve
        source = _halved(network, file)
    if (form or ("file" if providers[0] == "cpu" else "device")) == "device":
        network, source = _for_device(network, source, size_wh)
    contract = network.input
    small, large = (contract.shape_of(pictures, size_wh) for pictures in (1, most))
    options = [(name, options_of(name, file.parent, contract.name, small, large, precision)) for name in providers]

    def opened() -> tuple[Any, Provider]:
        return _open(network, source, file, options, intra_op_threads)

    runtime, provider = opened()
    inputs = {tensor.name: tensor for tensor in runtime.get_inputs()}
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
    # TensorRT's engine is for all sizes at once, and building it takes minutes
    return Session(network, runtime, provider, (lambda: opened()[0]) if provider == "cuda" else None)


def _halved(network: Network, file: Path) -> bytes:
    """Return the network with weights and arithmetic of 16 bits but for sums, its inputs and outputs as they were."""
    try:
        from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

        kept = [*DEFAULT_OP_BLOCK_LIST, *SUMS]
        content: bytes = convert_float_to_float16(str(file), keep_io_types=True, op_block_list=kept).SerializeToString()
    except Exception as error:  # protobuf and onnxruntime raise classes that they do not export
        why = f"{file} cannot be made fp16: {_first_line(error)}"
        raise NetworkError(f"network {network.name}", why, "set ROADSIEVE_INFERENCE_PRECISION=fp32") from error
    return content


def _for_device(network: Network, source: str | bytes, size_wh: tuple[int, int]) -> tuple[Network, bytes]:
    try:
        from models.conversion.for_device import for_device
    except ModuleNotFoundError as error:
        why = f"it is made ready for an accelerator by the package {error.name}, which is missing"
        raise NetworkError(f"network {network.name}", why, "install roadsieve[gpu]") from error
    return for_device(network, source, size_wh)


def _open(
    network: Network,
    source: str | bytes,
    file: Path,
    providers: Sequence[tuple[Provider, dict[str, str]]],
    intra_op_threads: int,
) -> tuple[Any, Provider]:
    built_in, asked = ort.get_available_providers(), " or ".join(name for name, _ in providers)
    wanted = [(ONNX_NAMES[name], options) for name, options in providers if ONNX_NAMES[name] in built_in]
    if not wanted:
        why = f"this onnxruntime has {', '.join(built_in)}, but {asked} was asked for"
        raise NetworkError(f"network {network.name}", why, "install the build for that hardware, or allow cpu")
    if any(name != ONNX_NAMES["cpu"] for name, _ in wanted):
        ort.preload_dlls()  # finds the CUDA libraries that roadsieve[gpu] brings, where the system has none
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = intra_op_threads
    settings.inter_op_num_threads = 1
    # idle pool threads that spin take the cores from decoding: twice the CPU time per picture on two busy cores
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.log_severity_level = 3
    try:
        runtime = ort.InferenceSession(source, settings, providers=wanted)
    except Exception as error:  # onnxruntime raises classes that it does not export
        why = f"{file} does not open: {_first_line(error)}"
        remedy = "fetch it again, or use an onnxruntime that knows its opset"
        raise NetworkError(f"network {network.name}", why, remedy) from error
    runtime.disable_fallback()
    real = runtime.get_providers()[0]
    for provider, _ in providers:
        if ONNX_NAMES[provider] == real:
            return runtime, provider
    why = f"runs on {real}, but {asked} was asked for"
    raise NetworkError(f"network {network.name}", why, "check driver and libraries of the accelerator, or allow cpu")


def _letters(shape: Shape, real: tuple[int, ...]) -> dict[str, int]:
    return {letter: number for letter, number in zip(shape, real, strict=True) if isinstance(letter, str)}


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
