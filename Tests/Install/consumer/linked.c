/* Linked at build time; as C and as C++. */
#include "consumer.h"

int main(void) {
  const functions f = {planish_version, planish_error_message, planish_layer_norm_forward, planish_layer_norm_backward};
  return consume(f);
}
