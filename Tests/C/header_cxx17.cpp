// The header alone, as C++17; and a call from C++.
#include <planish.h>

int main() {
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = 1;
  norm.features = 2;
  norm.eps = 0;
  const float x[] = {3, 5};
  float y[] = {0, 0};
  const planish_status status = planish_layer_norm_forward(&norm, x, nullptr, nullptr, y, nullptr, nullptr);
  return !(status == PLANISH_OK && y[0] == -1 && y[1] == 1);
}
