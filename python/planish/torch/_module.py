"""LayerNorm: the module."""

import torch
from torch import Tensor
from torch.nn import functional

from ._functional import layer_norm


class LayerNorm(torch.nn.LayerNorm):
    """torch.nn.LayerNorm on Planish's kernels: the same arguments, parameters, state_dict and repr.

    >>> LayerNorm((2, 8), eps=1e-6, bias=False)
    LayerNorm((2, 8), eps=1e-06, elementwise_affine=True, bias=False)
    """

    def forward(self, input: Tensor) -> Tensor:
        """As of torch.nn.LayerNorm: y with input's shape and dtype."""
        if torch.jit.is_scripting():  # TorchScript has no Python to call
            return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)
