/* What help() shows. The first line of each is its signature, which inspect.signature reads too. */
#ifndef PLANISH_PYTHON_DOCS_H
#define PLANISH_PYTHON_DOCS_H

#define LAYER_NORM_DOC                                                                                                 \
  "layer_norm($module, /, x, weight=None, bias=None, *, axis=-1, eps=1e-05,\n"                                         \
  "           out=None, return_stats=False)\n"                                                                         \
  "--\n\n"                                                                                                             \
  "Normalize each row of x: y = (x - mean) * rstd * weight + bias.\n"                                                  \
  "\n"                                                                                                                 \
  "A row is what lies along the normalized axes; mean is its average, and\n"                                           \
  "rstd = 1 / sqrt(avg((x - mean)**2) + eps).\n"                                                                       \
  "\n"                                                                                                                 \
  "x             array of any shape with at least one axis: float32, float64,\n"                                       \
  "              bfloat16 or float16\n"                                                                                \
  "weight, bias  arrays with x's shape over the normalized axes, or None for\n"                                        \
  "              1 and 0; each in x's dtype, or in float32 with 16-bit x\n"                                            \
  "axis          the normalized axes: an int or a tuple of adjacent axes\n"                                            \
  "eps           added to the variance; finite, 0 or more\n"                                                           \
  "out           where y goes: a writable array like x, which may be x itself.\n"                                      \
  "              With return_stats, a tuple (y, mean, rstd) is taken as well;\n"                                       \
  "              for an entry that is None, a fresh array is made.\n"                                                  \
  "return_stats  whether mean and rstd are wanted\n"                                                                   \
  "\n"                                                                                                                 \
  "Returns y, or with return_stats a tuple (y, mean, rstd). y has x's dtype and\n"                                     \
  "shape; mean and rstd have x's shape over the other axes, and are float64 for\n"                                     \
  "float64 and float32 otherwise. An array given as out is returned itself; a\n"                                       \
  "fresh one is an array of x's library, for a buffer a memoryview.\n"                                                 \
  "\n"                                                                                                                 \
  "Raises, with the argument's name and what was found:\n"                                                             \
  "\n"                                                                                                                 \
  "TypeError      x, weight, bias or out is no array, or has a dtype that is none\n"                                   \
  "               of the above; axis or eps is no number\n"                                                            \
  "ValueError     a shape does not fit; axis is out of range, or names axes that\n"                                    \
  "               are not adjacent; eps is negative or not finite; out shares\n"                                       \
  "               memory with another argument, and is not x itself\n"                                                 \
  "BufferError    out is read-only, or its rows are not contiguous; an array is\n"                                     \
  "               not in the CPU's memory\n"                                                                           \
  "MemoryError    no memory for a result or a copy\n"                                                                  \
  "RuntimeError   the environment's PLANISH_CPU or PLANISH_NUM_THREADS is wrong\n"                                     \
  "\n"                                                                                                                 \
  ">>> from array import array\n"                                                                                      \
  ">>> x = memoryview(array('f', range(6))).cast('B').cast('f', (2, 3))\n"                                             \
  ">>> y, mean, rstd = layer_norm(x, eps=0, return_stats=True)\n"                                                      \
  ">>> y.shape, mean.tolist(), [round(r, 4) for r in rstd]\n"                                                          \
  "((2, 3), [1.0, 4.0], [1.2247, 1.2247])\n"                                                                           \
  ">>> y = layer_norm(x, axis=0, eps=0, out=y)     # columns, into the same memory\n"                                  \
  ">>> y.tolist()\n"                                                                                                   \
  "[[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]\n"                                                                            \
  ">>> layer_norm(x, axis=2)\n"                                                                                        \
  "Traceback (most recent call last):\n"                                                                               \
  "ValueError: axis 2 is out of range for x with 2 dimensions\n"

#define LAYER_NORM_BACKWARD_DOC                                                                                        \
  "layer_norm_backward($module, /, dy, x, weight=None, *, mean=None, rstd=None,\n"                                     \
  "                    axis=-1, eps=1e-05, needs=(True, True, True), out=None)\n"                                      \
  "--\n\n"                                                                                                             \
  "Gradients of a loss whose gradient with respect to y is dy.\n"                                                      \
  "\n"                                                                                                                 \
  "With xhat = (x - mean) * rstd and g = dy * weight:\n"                                                               \
  "\n"                                                                                                                 \
  "    dx = rstd * (g - avg(g) - xhat * avg(g * xhat))   averages over a row\n"                                        \
  "    dweight = sum(dy * xhat)   dbias = sum(dy)        sums over the rows\n"                                         \
  "\n"                                                                                                                 \
  "dy            array with x's shape and dtype\n"                                                                     \
  "x, weight     as in layer_norm; so are axis and eps\n"                                                              \
  "mean, rstd    as layer_norm returned them, both or neither; without them they\n"                                    \
  "              are computed from x, with the same result\n"                                                          \
  "needs         which of dx, dweight and dbias are wanted; the others cost\n"                                         \
  "              nothing\n"                                                                                            \
  "out           where they go: a tuple (dx, dweight, dbias) of writable\n"                                            \
  "              arrays. dx may be dy itself. For an entry that is None, a\n"                                          \
  "              fresh array is made if it is wanted. For 16-bit x, float32 is\n"                                      \
  "              taken for dbias, and without weight for dweight.\n"                                                   \
  "\n"                                                                                                                 \
  "Returns (dx, dweight, dbias), None for what is not wanted. dx has x's shape\n"                                      \
  "and dtype; dweight and dbias have x's shape over the normalized axes and\n"                                         \
  "weight's dtype, without weight x's. An array given in out is returned itself;\n"                                    \
  "a fresh one is an array of x's library, for a buffer a memoryview.\n"                                               \
  "\n"                                                                                                                 \
  "Raises what layer_norm raises, and ValueError if only one of mean and rstd is\n"                                    \
  "given, or an out for what is not needed.\n"                                                                         \
  "\n"                                                                                                                 \
  ">>> from array import array\n"                                                                                      \
  ">>> x, dy = array('f', [1, 2, 3, 4]), array('f', [1, 0, 0, 1])\n"                                                   \
  ">>> dx, dweight, dbias = layer_norm_backward(dy, x)\n"                                                              \
  ">>> [round(d, 4) for d in dx], dbias.tolist()\n"                                                                    \
  "([0.4472, -0.4472, -0.4472, 0.4472], [1.0, 0.0, 0.0, 1.0])\n"                                                       \
  ">>> needs, out = (False, False, True), (None, None, array('f', [9] * 4))\n"                                         \
  ">>> layer_norm_backward(dy, x, needs=needs, out=out)\n"                                                             \
  "(None, None, array('f', [1.0, 0.0, 0.0, 1.0]))\n"

#define CPU_DOC                                                                                                        \
  "cpu($module, /)\n"                                                                                                  \
  "--\n\n"                                                                                                             \
  "The name of the CPU level in use: one of cpus().\n"                                                                 \
  "\n"                                                                                                                 \
  "It is the best one, unless the environment variable PLANISH_CPU or set_cpu\n"                                       \
  "asked for another. RuntimeError if PLANISH_CPU asks for one that cannot be had.\n"                                  \
  "\n"                                                                                                                 \
  ">>> cpu() in cpus()\n"                                                                                              \
  "True\n"

#define CPUS_DOC                                                                                                       \
  "cpus($module, /)\n"                                                                                                 \
  "--\n\n"                                                                                                             \
  "The names of the levels that this CPU has, the plainest first.\n"                                                   \
  "\n"                                                                                                                 \
  "The kernels exist once per level; all levels give the same bits.\n"                                                 \
  "\n"                                                                                                                 \
  ">>> cpu() in cpus()\n"                                                                                              \
  "True\n"

#define RELEASE_MEMORY_DOC                                                                                             \
  "release_memory($module, /)\n"                                                                                       \
  "--\n\n"                                                                                                             \
  "Give memory that is kept for later results back, and return its bytes.\n"                                           \
  "\n"                                                                                                                 \
  "Memory of a result of 64 KiB or more is kept when nobody needs the result any\n"                                    \
  "more, up to PLANISH_CACHE_BYTES in all. Results that are in use are not touched.\n"                                 \
  "\n"                                                                                                                 \
  ">>> from array import array\n"                                                                                      \
  ">>> y = layer_norm(array('f', bytes(1 << 20)))\n"                                                                   \
  ">>> del y\n"                                                                                                        \
  ">>> release_memory() >= 1 << 20\n"                                                                                  \
  "True\n"

#define SET_CPU_DOC                                                                                                    \
  "set_cpu($module, level, /)\n"                                                                                       \
  "--\n\n"                                                                                                             \
  "Use this CPU level from now on, in every thread; None goes back to the best.\n"                                     \
  "\n"                                                                                                                 \
  "For tests and support. ValueError if there is no such level or this CPU lacks\n"                                    \
  "it.\n"                                                                                                              \
  "\n"                                                                                                                 \
  ">>> set_cpu(cpus()[0])\n"                                                                                           \
  ">>> cpu() == cpus()[0]\n"                                                                                           \
  "True\n"                                                                                                             \
  ">>> set_cpu(None)\n"

#define GET_NUM_THREADS_DOC                                                                                            \
  "get_num_threads($module, /)\n"                                                                                      \
  "--\n\n"                                                                                                             \
  "How many threads a call uses at most.\n"                                                                            \
  "\n"                                                                                                                 \
  "RuntimeError if PLANISH_NUM_THREADS is no number.\n"                                                                \
  "\n"                                                                                                                 \
  ">>> set_num_threads(2)\n"                                                                                           \
  ">>> get_num_threads()\n"                                                                                            \
  "2\n"                                                                                                                \
  ">>> set_num_threads(0)\n"

#define SET_NUM_THREADS_DOC                                                                                            \
  "set_num_threads($module, threads, /)\n"                                                                             \
  "--\n\n"                                                                                                             \
  "Use at most so many threads from now on; 0 goes back to the default.\n"                                             \
  "\n"                                                                                                                 \
  "The default is PLANISH_NUM_THREADS, or the CPUs that the process may use. The\n"                                    \
  "number changes no bit of a result. ValueError if it is negative.\n"                                                 \
  "\n"                                                                                                                 \
  ">>> set_num_threads(1)\n"                                                                                           \
  ">>> get_num_threads()\n"                                                                                            \
  "1\n"                                                                                                                \
  ">>> set_num_threads(0)\n"

#endif
