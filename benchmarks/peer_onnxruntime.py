"""ONNX Runtime: the operator LayerNormalization, its arrays bound beforehand. Forward only."""

from functools import partial

import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from arrays import EPS, Array, Arrays
from cells import Cell
from ways import UnsupportedError, Way

TYPES = {"f16": TensorProto.FLOAT16, "f32": TensorProto.FLOAT, "f64": TensorProto.DOUBLE}
STATISTICS = TensorProto.FLOAT  # whatever the dtype of x


def model(cell: Cell, arrays: Arrays) -> bytes:
    """x in; result and, where wanted, mean and rstd out. For images, with the channels put behind and back."""
    dtype = TYPES[cell.dtype]
    names = list(arrays.result_names)
    weights = [numpy_helper.from_array(getattr(arrays, name), name) for name in ("weight", "bias")]
    image = bool(cell.shape.image)
    inside = ["x_last", "y_last"] if image else ["x", "result"]
    nodes = [
        helper.make_node(
            "LayerNormalization", [inside[0], "weight", "bias"], [inside[1], *names[1:]], axis=-1, epsilon=EPS
        )
    ]
    if image:
        nodes.insert(0, helper.make_node("Transpose", ["x"], ["x_last"], perm=(0, 2, 1)))
        nodes.append(helper.make_node("Transpose", ["y_last"], ["result"], perm=(0, 2, 1)))
    inputs = [helper.make_tensor_value_info("x", dtype, arrays.x.shape)]
    outputs = [helper.make_tensor_value_info("result", dtype, arrays.x.shape)]
    outputs += [helper.make_tensor_value_info(name, STATISTICS, None) for name in names[1:]]
    graph = helper.make_graph(nodes, "layer_norm", inputs, outputs, weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    serialized: bytes = made.SerializeToString()
    return serialized


class OnnxRuntime:
    def __init__(self) -> None:
        onnxruntime.set_default_logger_severity(4)
        self.version = f"{onnxruntime.__version__} (onnx {onnx.__version__})"

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        if cell.is_backward:
            raise UnsupportedError("has no backward")
        if cell.dtype not in TYPES:
            raise UnsupportedError(f"has no {cell.dtype}")
        if cell.dtype == "f64" and cell.operation == "forward_statistics":
            raise UnsupportedError("has float32 statistics only")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cell.threads
        options.inter_op_num_threads = 1
        try:
            session = onnxruntime.InferenceSession(model(cell, arrays), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its own exceptions have no common class
            raise UnsupportedError(str(error).splitlines()[0]) from error
        binding = session.io_binding()
        bind(binding.bind_input, "x", arrays.x)
        for name, array in zip(arrays.result_names, arrays.results(), strict=True):
            # The statistics keep the normalized axis, as an axis of one; for images it is the last.
            full = name == "result"
            shape = array.shape if full else (*array.shape, 1)
            bind(binding.bind_output, name, array, shape)
        return {"IO binding": Way(partial(session.run_with_iobinding, binding), lambda _: arrays.results())}


def bind(function: object, name: str, array: Array, shape: tuple[int, ...] | None = None) -> None:
    assert callable(function)
    function(name, "cpu", 0, array.dtype, array.shape if shape is None else shape, array.ctypes.data)
