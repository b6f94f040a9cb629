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
  "Raises TypeError, ValueError or BufferError, with the argument's name and\n"                                        \
  "what was found; see help(planish).\n"                                                                               \
  "\n"                                                                                                                 \
  ">>> from array import array\n"                                                                                      \
  ">>> y, mean, rstd = layer_norm(array('f', [1, 2, 3, 4]), return_stats=True)\n"                                      \
  ">>> mean[()]\n"                                                                                                     \
  "2.5\n"

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
  "Raises TypeError, ValueError or BufferError, with the argument's name and\n"                                        \
  "what was found; see help(planish).\n"                                                                               \
  "\n"                                                                                                                 \
  ">>> from array import array\n"                                                                                      \
  ">>> x, dy = array('f', [1, 2, 3, 4]), array('f', [1, 0, 0, 1])\n"                                                   \
  ">>> dx, dweight, dbias = layer_norm_backward(dy, x)\n"                                                              \
  ">>> dbias.tolist()\n"                                                                                               \
  "[1.0, 0.0, 0.0, 1.0]\n"

#define CPU_DOC                                                                                                        \
  "cpu($module, /)\n"                                                                                                  \
  "--\n\n"                                                                                                             \
  "The name of the CPU level in use: one of cpus().\n"                                                                 \
  "\n"                                                                                                                 \
  "It is the best one, unless the environment variable PLANISH_CPU or set_cpu\n"                                       \
  "asked for another. RuntimeError if PLANISH_CPU asks for one that cannot be had.\n"

#define CPUS_DOC                                                                                                       \
  "cpus($module, /)\n"                                                                                                 \
  "--\n\n"                                                                                                             \
  "The names of the levels that this CPU has, the plainest first.\n"                                                   \
  "\n"                                                                                                                 \
  "The kernels exist once per level; all levels give the same bits.\n"

#define RELEASE_MEMORY_DOC                                                                                             \
  "release_memory($module, /)\n"                                                                                       \
  "--\n\n"                                                                                                             \
  "Give memory that is kept for later results back, and return its bytes.\n"                                           \
  "\n"                                                                                                                 \
  "Memory of a result of 64 KiB or more is kept when nobody needs the result any\n"                                    \
  "more, up to PLANISH_CACHE_BYTES in all. Results that are in use are not touched.\n"

#define SET_CPU_DOC                                                                                                    \
  "set_cpu($module, level, /)\n"                                                                                       \
  "--\n\n"                                                                                                             \
  "Use this CPU level from now on, in every thread; None goes back to the best.\n"                                     \
  "\n"                                                                                                                 \
  "For tests and support. ValueError if there is no such level or this CPU lacks\n"                                    \
  "it.\n"

#define GET_NUM_THREADS_DOC                                                                                            \
  "get_num_threads($module, /)\n"                                                                                      \
  "--\n\n"                                                                                                             \
  "How many threads a call uses at most.\n"

#define SET_NUM_THREADS_DOC                                                                                            \
  "set_num_threads($module, threads, /)\n"                                                                             \
  "--\n\n"                                                                                                             \
  "Use at most so many threads from now on; 0 goes back to the default.\n"                                             \
  "\n"                                                                                                                 \
  "The default is PLANISH_NUM_THREADS, or the CPUs that the process may use. The\n"                                    \
  "number changes no bit of a result. ValueError if it is negative.\n"

#endif
