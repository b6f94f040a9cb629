"""planish.torch.LayerNorm and replace: in the place of torch's, in models that train, travel and are copied."""

from __future__ import annotations

import copy
import doctest
import importlib
import io
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.testing import assert_close  # noqa: E402

from planish.torch import LayerNorm, replace  # noqa: E402

ROOT = Path(__file__).parents[2]
ARGUMENTS: list[dict[str, Any]] = [
    {"normalized_shape": 8},
    {"normalized_shape": (4, 8), "eps": 1e-3},
    {"normalized_shape": [8], "elementwise_affine": False},
    {"normalized_shape": 8, "bias": False, "dtype": torch.float64},
    {"normalized_shape": torch.Size([8]), "device": "cpu", "dtype": torch.bfloat16},
]


def transformer() -> Any:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
    return nn.Sequential(
        nn.Embedding(50, 16), nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(16)), nn.Linear(16, 50)
    )


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_drop_in(arguments: dict[str, Any]) -> None:
    ours, torchs = LayerNorm(**arguments), nn.LayerNorm(**arguments)
    assert repr(ours) == repr(torchs)
    assert list(ours.state_dict()) == list(torchs.state_dict())
    torchs.load_state_dict(ours.state_dict())
    ours.load_state_dict(torchs.state_dict())
    x = torch.randn(3, 4, 8, dtype=arguments.get("dtype"))
    assert_close(ours(x), torchs(x))
    assert isinstance(ours, nn.LayerNorm)
    assert ours.reset_parameters() is None


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(copied: Any) -> None:
    module, x = LayerNorm(8), torch.randn(3, 8)
    nn.init.normal_(module.weight)
    module(x).sum().backward()  # there is something to be found in it
    other = copied(module)
    assert type(other) is LayerNorm
    assert torch.equal(other(x), module(x))


def test_saved_and_loaded() -> None:
    model, file = transformer(), io.BytesIO()
    replace(model)
    torch.save(model, file)
    file.seek(0)
    loaded, tokens = torch.load(file, weights_only=False), torch.arange(12).reshape(2, 6)
    assert torch.equal(loaded(tokens), model(tokens))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_scripted() -> None:
    x = torch.randn(3, 8)
    assert_close(torch.jit.script(nn.Sequential(LayerNorm(8)))(x), nn.LayerNorm(8)(x))


def test_compiled() -> None:
    model = transformer()
    replace(model)
    tokens = torch.arange(12).reshape(2, 6)
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    assert_close(compiled(tokens), model(tokens))


def test_many_threads() -> None:
    """As the workers of a DataParallel call it: replicas share parameters."""
    module, x = LayerNorm(64), torch.randn(32, 64, requires_grad=True)
    expected = torch.autograd.grad(module(x).pow(3).sum(), x)[0]

    def work(_: int) -> bool:
        return bool(torch.equal(torch.autograd.grad(copy.copy(module)(x).pow(3).sum(), x)[0], expected))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


def _in_child(module: Any, x: Any) -> list[float]:
    values: list[float] = module(x).flatten().tolist()
    return values


def test_another_process() -> None:
    module, x = LayerNorm(8), torch.randn(3, 8)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_in_child, (module, x)) == module(x).flatten().tolist()


# ---- replace ----


def test_replace() -> None:
    model, tokens = transformer(), torch.arange(12).reshape(2, 6)
    before = dict(model.named_parameters())
    norms = [module for module in model.modules() if isinstance(module, nn.LayerNorm)]
    expected = model(tokens)
    seen: list[str] = []
    norms[0].register_forward_hook(lambda *_: seen.append("hook"))
    report = replace(model)
    assert report.replaced == ("1.layers.0.norm1", "1.layers.0.norm2", "1.layers.1.norm1", "1.layers.1.norm2", "1.norm")
    assert (report.left, all(type(norm) is LayerNorm for norm in norms)) == ({}, True)
    assert all(parameter is before[name] for name, parameter in model.named_parameters())
    assert str(report).startswith("5 layer norms replaced: 1.layers.0.norm1, 1.layers.0.norm2,")
    assert_close(model(tokens), expected)
    assert seen == ["hook"]
    assert replace(model).replaced == ()
    assert str(replace(model)) == "no layer norms replaced"


def test_replace_the_model_itself_and_a_shared_module() -> None:
    module = nn.LayerNorm(8)
    model = nn.ModuleList([module, module, nn.ModuleList([module])])
    assert replace(model).replaced == ("0",)
    assert all(part is module for part in (model[0], model[1], model[2][0]))
    alone = nn.LayerNorm(8)
    assert str(replace(alone)) == "1 layer norm replaced: the model itself"
    assert type(alone) is LayerNorm


class Own(nn.LayerNorm):
    def forward(self, x: Any) -> Any:
        return super().forward(x) * 2


class Named(nn.LayerNorm):
    """Only a constructor."""

    def __init__(self, size: int, name: str = "") -> None:
        super().__init__(size, eps=1e-6)
        self.name = name


def test_what_replace_leaves() -> None:
    patched = nn.LayerNorm(8)
    patched.forward = lambda x: x
    model = nn.ModuleDict({"own": Own(8), "patched": patched, "named": Named(8), "batch": nn.BatchNorm1d(8)})
    report = replace(model)
    assert report.replaced == ("named",)
    assert (model["named"].eps, model["named"].name) == (1e-6, "")
    assert report.left == {"own": "class Own defines forward", "patched": "its forward was replaced"}
    assert type(model["own"]) is Own
    assert str(report).splitlines()[1:] == [
        "left as it was: own, class Own defines forward",
        "left as it was: patched, its forward was replaced",
    ]


# ---- Training ----


def train(model: Any, text: Any, steps: int) -> list[float]:
    """The loss after each step of predicting the next byte."""
    torch.manual_seed(1)
    optimizer, losses = torch.optim.AdamW(model.parameters(), 3e-3), []
    for _ in range(steps):
        starts = torch.randint(len(text) - 33, (8,))
        batch = torch.stack([text[start : start + 33] for start in starts])
        mask = nn.Transformer.generate_square_subsequent_mask(32)
        hidden = model["encoder"](model["embedding"](batch[:, :-1]), mask=mask, is_causal=True)
        loss = nn.functional.cross_entropy(model["head"](hidden).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_a_transformer_trains_as_with_torchs() -> None:
    text = torch.frombuffer(bytearray((ROOT / "LICENSE").read_bytes()), dtype=torch.uint8).long()
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(32, 2, 64, dropout=0.0, batch_first=True, norm_first=True)
    encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(32), enable_nested_tensor=False)
    model = nn.ModuleDict({"embedding": nn.Embedding(256, 32), "encoder": encoder, "head": nn.Linear(32, 256)})
    ours = copy.deepcopy(model)
    assert len(replace(ours).replaced) == 5
    expected, got = train(model, text, 300), train(ours, text, 300)
    assert expected[0] > 5 > 2.7 > expected[-1]
    # Rounding grows from step to step; the curves stay together.
    assert got[:10] == pytest.approx(expected[:10], abs=1e-5)
    assert got == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    "name", ["planish.torch", *(f"planish.torch._{part}" for part in ("functional", "module", "replace"))]
)
def test_examples_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), extraglobs={"torch": torch}).failed == 0
