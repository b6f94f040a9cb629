"""planish.torch: layer normalization for models in torch.

    >>> import torch, planish.torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.LayerNorm(8))
    >>> print(planish.torch.replace(model))
    1 layer norm replaced: 1
    >>> model(torch.ones(2, 8)).sum().backward()

    layer_norm   as torch.nn.functional.layer_norm
    LayerNorm    as torch.nn.LayerNorm, which it is derived from
    replace      puts the second in the place of the third's, in a whole model

Both take what torch's take, and give what torch's give. Where the kernels have nothing for the arguments, it is torch
that computes: tensors on other devices, sparse or nested ones or ones without elements, subclasses that have their own
layer norm, forward-mode differentiation, an eps that is negative. Errors are
torch's, but that weight and bias of 16-bit data may be of different dtypes, float32 among them.

Differentiation

    Gradients are the kernels'. Where gradients are to be differentiated again (create_graph=True, torch.func.grad of
    torch.func.grad), derivatives of the second order and beyond are those of the formulas in torch's operators: right,
    and slow. Statistics are kept in float32 for the backward pass, float64 for float64.

torch.compile, torch.export, torch.func

    There the calls become operators of torch.library: torch.ops.planish.layer_norm and .layer_norm_backward, for the
    CPU. They can be traced without graph breaks and without data; torch.func.vmap makes one call of many.

    Under torch.autocast for the CPU, layer norm runs in the dtype of its input, as torch's does.
"""

from ._functional import layer_norm
from ._module import LayerNorm
from ._replace import Replacement, replace

__all__ = ["LayerNorm", "Replacement", "layer_norm", "replace"]
