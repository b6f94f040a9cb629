"""The table of those who are measured, and what their processes are started with."""

import os
from dataclasses import dataclass
from pathlib import Path

from environment import ENVIRONMENT


@dataclass(frozen=True)
class PeerInfo:
    title: str
    module: str
    type: str
    native: str = ""  # the C program of native/ that it needs


OURS = "planish"
OURS_PYTHON = "planish-python"
NAIVE = "naive"
LIMIT = "limit"

PEERS = {
    OURS: PeerInfo("planish", "peer_native", "Planish", "planish"),
    OURS_PYTHON: PeerInfo("planish, Python", "peer_planish", "PlanishPython"),
    "torch": PeerInfo("torch", "peer_torch", "Torch"),
    "torch-compile": PeerInfo("torch.compile", "peer_torch_compile", "TorchCompile"),
    "onnxruntime": PeerInfo("ONNX Runtime", "peer_onnxruntime", "OnnxRuntime"),
    "jax": PeerInfo("JAX", "peer_jax", "Jax"),
    "onednn": PeerInfo("oneDNN", "peer_native", "OneDnn", "onednn"),
    NAIVE: PeerInfo("plain C", "peer_native", "Naive", "naive"),
    LIMIT: PeerInfo("limit", "peer_native", "Limit", "limit"),
}

# Those that the ratio looks at: what a user could take instead.
RIVALS = tuple(name for name in PEERS if name not in (OURS, OURS_PYTHON, NAIVE, LIMIT))

# What lets each use the same instructions; SSE4.1 is the least that oneDNN knows, AVX that XLA does. ONNX Runtime has
# no such choice.
LEVELS = {
    "baseline": {"ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default", "XLA": "AVX"},
    "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "XLA": "AVX2"},
    "avx512": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "ATEN_CPU_CAPABILITY": "avx512", "XLA": "AVX512"},
}
THREAD_VARIABLES = ("PLANISH_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def variables(threads: int, level: str | None) -> dict[str, str]:
    """The environment of a process: so many threads, and the CPU level for everybody."""
    xla = [f"--xla_cpu_multi_thread_eigen={'false' if threads == 1 else 'true'}"]
    chosen = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
    if level is not None:
        settings = dict(LEVELS[level])
        xla.append(f"--xla_cpu_max_isa={settings.pop('XLA')}")
        chosen |= {"PLANISH_CPU": level} | settings
    chosen |= {
        "XLA_FLAGS": " ".join(xla),
        "TORCHINDUCTOR_CACHE_DIR": str(ENVIRONMENT / "inductor" / (level or "best")),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",  # in the process itself: no other may run while we measure
    }
    return chosen


def python_package(folder: Path) -> Path | None:
    """Where the package planish is installed below this folder."""
    found = sorted(folder.glob("lib/python*/site-packages/planish/__init__.py"))
    return found[-1].parent.parent if found else None
