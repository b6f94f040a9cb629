/* The least program: linked against nothing but the library. */
#include <planish.h>
#include <stdio.h>

int main(void) {
  float x[2][4] = {{1, 2, 3, 4}, {10, 20, 30, 40}}, y[2][4];
  const planish_status status = planish_layer_norm_f32(2, 4, &x[0][0], NULL, NULL, 0, &y[0][0]);
  if (status != PLANISH_OK) {
    printf("%s: %s\n", planish_status_string(status), planish_error_message());
    return 1;
  }
  /* Both rows are evenly spaced, so both become -3, -1, 1, 3 over the root of 5. */
  for (int r = 0; r < 2; r++)
    for (int i = 0; i < 4; i++) {
      const float error = y[r][i] - (float)(2 * i - 3) * 0.4472135955f;
      if (!(error > -1e-6f && error < 1e-6f)) {
        printf("y[%d][%d] is %.9g\n", r, i, (double)y[r][i]);
        return 1;
      }
    }
  printf("Planish %d at %s: y is right\n", (int)planish_version(), planish_cpu());
  return planish_version() != PLANISH_VERSION;
}
