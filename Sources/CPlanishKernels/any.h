/* Elements of any dtype and any distance, one function for all: for the rows that have no kernel of their own. */
#ifndef PLANISH_ANY_H
#define PLANISH_ANY_H

#include "f16.h"
#include "f32.h"
#include "f64.h"
#include "tasks.h"

static inline intptr_t planish_element_size(planish_task_dtype dtype) {
  return dtype == PLANISH_TASK_F64 ? 8 : dtype == PLANISH_TASK_F32 ? 4 : 2;
}

/* Copies `count` elements of `size` bytes, 2, 4 or 8. */
PLANISH_INLINE void planish_copy_strided(void *to, intptr_t to_step, const void *from, intptr_t from_step,
                                         intptr_t size, intptr_t count) {
  if (to_step == size && from_step == size) {
    planish_copy_few(to, from, (size_t)(count * size));
    return;
  }
  for (intptr_t i = 0; i < count; i++) {
    char *t = (char *)to + i * to_step;
    const char *f = (const char *)from + i * from_step;
    if (size == 2)
      memcpy(t, f, 2);
    if (size == 4)
      memcpy(t, f, 4);
    if (size == 8)
      memcpy(t, f, 8);
  }
}

/* `count` elements, `step` bytes apart, zeros behind them; dtype is not PLANISH_TASK_F64. */
PLANISH_APART planish_f32x16 planish_load_any_f32(const void *p, intptr_t step, intptr_t count,
                                                  planish_task_dtype dtype) {
  planish_f32x16 v = 0;
  planish_u16x16 half = 0;
  if (dtype == PLANISH_TASK_F32) {
    planish_copy_strided(&v, 4, p, step, 4, count);
    return v;
  }
  planish_copy_strided(&half, 2, p, step, 2, count);
  return dtype == PLANISH_TASK_BF16 ? planish_from_bf16(half) : planish_from_f16(half);
}

PLANISH_APART void planish_store_any_f32(void *p, intptr_t step, planish_f32x16 v, intptr_t count,
                                         planish_task_dtype dtype) {
  if (dtype == PLANISH_TASK_F32) {
    planish_copy_strided(p, step, &v, 4, 4, count);
    return;
  }
  const planish_u16x16 half = dtype == PLANISH_TASK_BF16 ? planish_to_bf16(v) : planish_to_f16(v);
  planish_copy_strided(p, step, &half, 2, 2, count);
}

/* The same for doubles. */
PLANISH_APART planish_f64x16 planish_load_any_f64(const void *p, intptr_t step, intptr_t count) {
  planish_f64x16 v = 0;
  planish_copy_strided(&v, 8, p, step, 8, count);
  return v;
}

PLANISH_APART void planish_store_any_f64(void *p, intptr_t step, planish_f64x16 v, intptr_t count) {
  planish_copy_strided(p, step, &v, 8, 8, count);
}

#endif
