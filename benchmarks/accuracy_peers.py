"""Planish and its peers behind one face: NumPy arrays in, NumPy arrays out.

bfloat16 arrays have ml_dtypes.bfloat16 as their dtype. A peer that lacks something raises UnsupportedError.
"""

import ctypes
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import ml_dtypes
import numpy as np

from accuracy_exact import Array

BF16 = np.dtype(ml_dtypes.bfloat16)
F16, F32, F64 = (np.dtype(name) for name in ("float16", "float32", "float64"))
HERE = Path(__file__).resolve().parent


class UnsupportedError(Exception):
    """This peer has nothing for this dtype or operation."""


class Gradients(NamedTuple):
    dx: Array
    dweight: Array
    dbias: Array


def address(array: Array | None) -> ctypes.c_void_p:
    """NULL for None. The array must stay alive, and be contiguous."""
    assert array is None or array.flags.c_contiguous
    return ctypes.c_void_p(None if array is None else array.ctypes.data)


class LayerNormStruct(ctypes.Structure):
    """planish_layer_norm of planish.h."""

    _fields_ = (
        ("size", ctypes.c_size_t),
        *((name, ctypes.c_int32) for name in ("dtype", "weight_dtype", "bias_dtype", "reserved")),
        *((name, ctypes.c_int64) for name in ("rows", "features", "inner")),
        ("eps", ctypes.c_double),
        ("strides", ctypes.c_int64 * 8),
    )


class Planish:
    name = "planish"
    dtypes: ClassVar = {F32: 1, F64: 2, BF16: 3, F16: 4}

    def __init__(self, library: Path) -> None:
        self.library = ctypes.CDLL(str(library))
        self.library.planish_cpu.restype = ctypes.c_char_p
        self.library.planish_error_message.restype = ctypes.c_char_p
        version = self.library.planish_version()
        self.version = f"{version // 10000}.{version // 100 % 100}.{version % 100}"
        self.version += f" ({self.library.planish_cpu().decode()})"

    def call(self, name: str, x: Array, weight: Array | None, eps: float, *arrays: Array | None) -> None:
        dtype = self.dtypes[x.dtype]
        parameter = dtype if weight is None else self.dtypes[weight.dtype]
        rows, features = x.shape
        norm = LayerNormStruct(ctypes.sizeof(LayerNormStruct), dtype, parameter, parameter, 0, rows, features, 1, eps)
        function = getattr(self.library, f"planish_layer_norm_{name}")
        if function(ctypes.byref(norm), *map(address, arrays)) != 0:
            raise SystemExit(f"planish: {self.library.planish_error_message().decode()}")

    def forward(self, x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
        y = np.empty_like(x)
        self.call("forward", x, weight, eps, x, weight, bias, y, None, None)
        return y

    def backward(self, dy: Array, x: Array, weight: Array, eps: float) -> Gradients:
        result = Gradients(np.empty_like(x), np.empty_like(weight), np.empty_like(weight))
        self.call("backward", x, weight, eps, dy, x, weight, None, None, *result)
        return result


class Torch:
    name = "torch"

    def __init__(self) -> None:
        self.torch: Any = import_module("torch")
        self.version: str = self.torch.__version__

    def tensor(self, array: Array | None) -> Any:
        if array is None:
            return None
        if array.dtype == BF16:
            return self.torch.from_numpy(array.view(np.int16)).view(self.torch.bfloat16)
        return self.torch.from_numpy(array)

    def array(self, tensor: Any) -> Array:
        if tensor.dtype == self.torch.bfloat16:
            result: Array = tensor.view(self.torch.int16).numpy().view(BF16)
        else:
            result = tensor.numpy()
        return result

    def layer_norm(self, x: Any, weight: Any, bias: Any, eps: float) -> Any:
        return self.torch.nn.functional.layer_norm(x, tuple(x.shape[1:]), weight, bias, eps)

    def forward(self, x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
        return self.array(self.layer_norm(self.tensor(x), self.tensor(weight), self.tensor(bias), eps))

    def backward(self, dy: Array, x: Array, weight: Array, eps: float) -> Gradients:
        leaves = [self.tensor(a).clone().requires_grad_() for a in (x, weight, np.zeros_like(weight))]
        x_leaf, weight_leaf, bias_leaf = leaves
        self.layer_norm(x_leaf, weight_leaf, bias_leaf, eps).backward(self.tensor(dy))
        return Gradients(*(self.array(leaf.grad) for leaf in leaves))


class OnnxRuntime:
    name = "ONNX Runtime"

    def __init__(self) -> None:
        self.onnx: Any = import_module("onnx")
        self.runtime: Any = import_module("onnxruntime")
        self.runtime.set_default_logger_severity(4)
        self.version: str = self.runtime.__version__
        types = self.onnx.TensorProto
        self.types = {F16: types.FLOAT16, F32: types.FLOAT, F64: types.DOUBLE}

    def forward(self, x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
        if x.dtype not in self.types:
            raise UnsupportedError
        weight = np.ones(x.shape[1], x.dtype) if weight is None else weight  # the operator insists on a weight
        inputs = {"x": x, "weight": weight} | ({} if bias is None else {"bias": bias})
        make = self.onnx.helper
        values = [make.make_tensor_value_info(n, self.types[a.dtype], a.shape) for n, a in inputs.items()]
        result = make.make_tensor_value_info("y", self.types[x.dtype], x.shape)
        node = make.make_node("LayerNormalization", list(inputs), ["y"], axis=-1, epsilon=eps)
        graph = make.make_graph([node], "layer_norm", values, [result])
        model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
        session = self.runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        y: Array = session.run(None, inputs)[0]
        return y

    def backward(self, dy: Array, x: Array, weight: Array, eps: float) -> Gradients:
        raise UnsupportedError


class Jax:
    """Written out with jnp.mean and jnp.var. jax.nn.standardize has avg(x²) - avg(x)², which is worse."""

    name = "JAX"

    def __init__(self) -> None:
        jax: Any = import_module("jax")
        jax.config.update("jax_enable_x64", True)  # or there is no float64
        jax.config.update("jax_platforms", "cpu")
        self.jax = jax
        self.version: str = jax.__version__
        self.forward_jit = jax.jit(self.layer_norm)
        self.backward_jit = jax.jit(lambda dy, *leaves: jax.vjp(self.layer_norm, *leaves)[1](dy))

    def layer_norm(self, x: Any, weight: Any, bias: Any, eps: Any) -> Any:
        jnp = self.jax.numpy
        wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
        mean = jnp.mean(wide, axis=-1, keepdims=True)
        variance = jnp.var(wide, axis=-1, keepdims=True)
        xhat = (wide - mean) * self.jax.lax.rsqrt(variance + eps.astype(wide.dtype))
        if weight is not None:
            xhat = xhat * weight.astype(wide.dtype) + bias.astype(wide.dtype)
        return xhat.astype(x.dtype)

    def forward(self, x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
        return np.asarray(self.forward_jit(x, weight, bias, np.float64(eps)))

    def backward(self, dy: Array, x: Array, weight: Array, eps: float) -> Gradients:
        results = self.backward_jit(dy, x, weight, np.zeros_like(weight), np.float64(eps))
        return Gradients(*(np.asarray(a) for a in results[:3]))


class OneDnn:
    name = "oneDNN"
    dtypes: ClassVar = {F16: 1, BF16: 2, F32: 3}  # dnnl_data_type_t; float64 is not supported in layer norm

    def __init__(self, environment: Path) -> None:
        library = environment / "lib" / "accuracy_onednn.so"
        folders = [f"-I{environment / 'include'}", f"-L{environment / 'lib'}", f"-Wl,-rpath,{environment / 'lib'}"]
        command = ["cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-shared", "-fPIC", *folders, "-o", str(library)]
        subprocess.run([*command, str(HERE / "accuracy_onednn.c"), "-ldnnl"], check=True)
        self.library = ctypes.CDLL(str(library))
        version = self.library.version()
        self.version = f"{version // 10000}.{version // 100 % 100}.{version % 100}"

    def call(self, name: str, x: Array, eps: float, *arrays: Array | None) -> None:
        if x.dtype not in self.dtypes:
            raise UnsupportedError
        rows, features = (ctypes.c_int64(n) for n in x.shape)
        function = getattr(self.library, name)
        if function(rows, features, self.dtypes[x.dtype], ctypes.c_double(eps), *map(address, arrays)) != 0:
            raise UnsupportedError

    def forward(self, x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
        if weight is not None and weight.dtype != F32:
            raise UnsupportedError
        y = np.empty_like(x)
        self.call("forward", x, eps, x, weight, bias, y)
        return y

    def backward(self, dy: Array, x: Array, weight: Array, eps: float) -> Gradients:
        if weight.dtype != F32:
            raise UnsupportedError
        result = Gradients(np.empty_like(x), np.empty_like(weight), np.empty_like(weight))
        self.call("backward", x, eps, dy, x, weight, np.zeros_like(weight), np.empty_like(x), *result)
        return result


Library = Planish | Torch | OnnxRuntime | Jax | OneDnn


def available(library: Path, environment: Path) -> tuple[list[Library], list[str]]:
    """Planish and the peers that are there, and what is missing."""
    found: list[Library] = [Planish(library)]
    missing = []
    for name, make in (("torch", Torch), ("ONNX Runtime", OnnxRuntime), ("JAX", Jax)):
        try:
            found.append(make())
        except ImportError as error:
            missing.append(f"{name}: {error}")
    try:
        found.append(OneDnn(environment))
    except (OSError, subprocess.CalledProcessError) as error:
        missing.append(f"oneDNN: {error}")
    return found, missing
