import CPlanishKernels

// The one symbol of a level. Everything else stays inside the level's object.
#if PLANISH_AVX512
  @_cdecl("planish_kernels_avx512")
#elseif PLANISH_AVX2
  @_cdecl("planish_kernels_avx2")
#elseif PLANISH_NEON
  @_cdecl("planish_kernels_neon")
#else
  @_cdecl("planish_kernels_baseline")
#endif
public func planishKernels(_ table: UnsafeMutablePointer<planish_kernels>) {
  table.pointee.forward = { task, first, count in
    let task = task.unsafelyUnwrapped
    switch Int(task.pointee.dtype) {
    case PLANISH_TASK_F64: forward(Float64.self, task, first, count)
    case PLANISH_TASK_BF16: forward(Brain16.self, task, first, count)
    case PLANISH_TASK_F16: forward(Half16.self, task, first, count)
    default: forward(Float32.self, task, first, count)
    }
  }
  table.pointee.backward = { task, first, count, sums in
    let task = task.unsafelyUnwrapped
    switch Int(task.pointee.dtype) {
    case PLANISH_TASK_F64: backward(Float64.self, task, first, count, sums)
    case PLANISH_TASK_BF16: backward(Brain16.self, task, first, count, sums)
    case PLANISH_TASK_F16: backward(Half16.self, task, first, count, sums)
    default: backward(Float32.self, task, first, count, sums)
    }
  }
  #if !PLANISH_BASELINE
    table.pointee.forward_shared = { task, row, step, chunk in
      forwardShared(task.unsafelyUnwrapped, row.unsafelyUnwrapped, step, chunk)
    }
    table.pointee.backward_shared = { task, row, step, chunk, sums in
      backwardShared(task.unsafelyUnwrapped, row.unsafelyUnwrapped, step, chunk, sums)
    }
  #endif
  table.pointee.add_sums = { dtype, total, block, count in
    let (total, block) = (total.unsafelyUnwrapped, block.unsafelyUnwrapped)
    if Int(dtype) == PLANISH_TASK_F64 {
      Double.addSums(total, block, count)
    } else {
      Float.addSums(total, block, count)
    }
  }
  table.pointee.round_sums = { dtype, gradient, total, features, narrow in
    let (gradient, total) = (gradient.unsafelyUnwrapped, total.unsafelyUnwrapped)
    switch Int(dtype) {
    case PLANISH_TASK_F64: Float64.round(total, to: gradient, features, narrow: narrow != 0)
    case PLANISH_TASK_BF16: Brain16.round(total, to: gradient, features, narrow: narrow != 0)
    case PLANISH_TASK_F16: Half16.round(total, to: gradient, features, narrow: narrow != 0)
    default: Float32.round(total, to: gradient, features, narrow: narrow != 0)
    }
  }
}
