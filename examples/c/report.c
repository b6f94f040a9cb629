#include "report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { tokens_in_text = 10, tokens_in_table = 6 };

static const char *next(const char *token) { return token + strlen(token) + 1; }

void report_text(const embeddings *e) {
  printf("Planish in C: the first layer normalization of a transformer\n\n");
  printf("all-MiniLM-L6-v2 turns a text into %lld tokens of %lld features:", (long long)e->tokens,
         (long long)e->features);
  const char *token = e->text;
  for (int64_t i = 0; i < e->tokens && i < tokens_in_text; i++, token = next(token))
    printf(" %s", token);
  printf(" ...\n");
}

/* Mean and standard deviation as two columns. */
static void print_statistics(const float *row, int64_t features) {
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < features; i++)
    sum += row[i];
  double mean = sum / (double)features;
  for (int64_t i = 0; i < features; i++)
    squares += (row[i] - mean) * (row[i] - mean);
  printf("%15.1e%15.6f", mean, sqrt(squares / (double)features));
}

void report_rows(const embeddings *e, const float *x_hat) {
  printf("Forward gives every token's features mean 0 and standard deviation 1 (then come weight and bias).\n\n");
  printf("  %-8s%15s%15s%15s%15s\n", "token", "mean before", "std before", "mean after", "std after");
  const char *token = e->text;
  for (int64_t row = 0; row < e->tokens && row < tokens_in_table; row++, token = next(token)) {
    printf("  %-8s", token);
    print_statistics(e->x + row * e->features, e->features);
    print_statistics(x_hat + row * e->features, e->features);
    printf("\n");
  }
}

bool report_differences(const result *results, int count) {
  printf("\nForward and backward against textbook loops in double precision. A rounding step is 2^-24 of the\n");
  printf("absolute values that a result is added up from: even the exact result, as a float, is up to 1 step away.\n");
  printf("\n  %-8s%20s%20s%10s\n", "result", "largest difference", "in rounding steps", "allowed");
  bool all_close = true;
  for (int i = 0; i < count; i++) {
    difference d = textbook_compare(results[i].values, results[i].expected, results[i].count);
    bool close = d.steps <= results[i].allowed;
    printf("  %-8s%20.2e%20.2f%10.0f%s\n", results[i].name, d.largest, d.steps, results[i].allowed,
           close ? "" : "  TOO FAR");
    all_close = all_close && close;
  }
  return all_close;
}

/* FNV-1a over the bytes of all results: equal digests mean equal bits. */
void report_digest(const result *results, int count) {
  uint64_t hash = 0xcbf29ce484222325;
  for (int i = 0; i < count; i++) {
    const unsigned char *bytes = (const unsigned char *)results[i].values;
    for (size_t j = 0; j < (size_t)results[i].count * sizeof(float); j++)
      hash = (hash ^ bytes[j]) * 0x100000001b3;
  }
  printf("\nDigest of the bits of these results: %016llx\n", (unsigned long long)hash);
}
