/* The header alone, as C99. */
#include <planish.h>

int main(void) {
  const planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  return !(norm.size == sizeof norm && norm.dtype == PLANISH_F32 && norm.eps == 1e-5 && norm.reserved == 0 &&
           norm.dx_stride == 0 && PLANISH_VERSION == planish_version());
}
