"""What a wheel must do where nothing else is installed. For python -I, in an environment with the wheel alone."""

from __future__ import annotations

import doctest
import sys
import sysconfig
import threading
from array import array
from importlib import metadata

import planish
from planish import _planish


def results(x: memoryview[float]) -> list[bytes]:
    y, mean, rstd = planish.layer_norm(x, return_stats=True)
    return [a.tobytes() for a in (y, mean, rstd, *planish.layer_norm_backward(y, x, mean=mean, rstd=rstd))]


def check_values() -> None:
    x = memoryview(array("f", range(8))).cast("B").cast("f", (2, 4))
    y, mean, rstd = planish.layer_norm(x, eps=0, return_stats=True)
    assert mean.tolist() == [1.5, 5.5]
    assert [round(value, 4) for value in y.cast("B").cast("f")[4:]] == [-1.3416, -0.4472, 0.4472, 1.3416]
    dx, dweight, dbias = planish.layer_norm_backward(x, x, mean=mean, rstd=rstd, eps=0)
    assert dbias.tolist() == [4, 6, 8, 10]
    assert all(abs(value) < 1e-6 for value in dx.cast("B").cast("f"))
    assert dweight.shape == (4,)


def check_threads() -> None:
    x = memoryview(array("f", (i * i % 61 for i in range(1 << 18)))).cast("B").cast("f", (256, 1024))
    expected, found = results(x), []
    threads = [threading.Thread(target=lambda: found.append(results(x))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def check_interpreters() -> None:
    interpreters = __import__("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    other = interpreters.create()
    work = "import array, planish; assert planish.layer_norm(array.array('f', [1, 2]), eps=0).tolist() == [-1, 1]"
    assert interpreters.run_string(other, work) is None
    interpreters.destroy(other)


def check_manual() -> None:
    for module in (planish, _planish):
        result = doctest.testmod(module)
        assert result.attempted > 0
        assert result.failed == 0


def main() -> None:
    assert metadata.version("planish") == planish.__version__
    assert all("extra ==" in requirement for requirement in metadata.requires("planish") or [])
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not vars(sys)["_is_gil_enabled"]()
    for check in (check_values, check_threads, check_interpreters, check_manual):
        check()
    assert not {"numpy", "torch", "jax"} & {*sys.modules}


if __name__ == "__main__":
    main()
