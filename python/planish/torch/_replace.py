"""replace: the layer norms of a model that is there already."""

from dataclasses import dataclass, field

import torch

from ._module import LayerNorm

# What a class may define and still normalize as torch.nn.LayerNorm does.
_HARMLESS = {"__module__", "__qualname__", "__doc__", "__init__", "__annotations__", "__firstlineno__"}
_HARMLESS |= {"__static_attributes__", "__parameters__", "__annotate_func__", "__annotations_cache__"}


@dataclass(frozen=True)
class Replacement:
    """What replace did, by the names of modules; that of the model itself is ''. Prints as a list."""

    replaced: tuple[str, ...]
    """Layer norms that are planish.torch.LayerNorm now."""
    left: dict[str, str] = field(default_factory=dict)
    """Layer norms of other classes that stay as they were, and why."""

    def __str__(self) -> str:
        count = len(self.replaced)
        names = ", ".join(name or "the model itself" for name in self.replaced)
        lines = [f"{count or 'no'} layer norm{'' if count == 1 else 's'} replaced{': ' if names else ''}{names}"]
        lines += [f"left as it was: {name or 'the model itself'}, {why}" for name, why in self.left.items()]
        return "\n".join(lines)


def replace(model: torch.nn.Module) -> Replacement:
    """Make every torch.nn.LayerNorm in a model a planish.torch.LayerNorm, in place.

    The modules, their parameters, hooks and names stay the very same objects; only their class is another. So
    optimizers, state_dicts and references to the modules stay good. Left as they were are subclasses that define
    more than a constructor, and modules whose forward was replaced.

    Returns what was done, with the names of the modules. To do it twice does no harm.

    >>> print(replace(torch.nn.TransformerEncoderLayer(8, 2)))
    2 layer norms replaced: norm1, norm2
    """
    replaced, left = [], {}
    for name, module in model.named_modules():
        if not isinstance(module, torch.nn.LayerNorm) or isinstance(module, LayerNorm):
            continue
        why = _why_left(module)
        if why:
            left[name] = why
        else:
            module.__class__ = LayerNorm
            replaced.append(name)
    return Replacement(tuple(replaced), left)


def _why_left(module: torch.nn.LayerNorm) -> str | None:
    """Why a layer norm cannot be another class; None if it can."""
    if "forward" in vars(module):
        return "its forward was replaced"
    for kind in type(module).__mro__:
        if kind is torch.nn.LayerNorm:
            return None
        own = sorted(vars(kind).keys() - _HARMLESS)
        if own:
            return f"class {kind.__qualname__} defines {', '.join(own)}"
    return None
