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
    ForwardRows(task: task, first: first, count: count).run(task.pointee.dtype)
  }
  table.pointee.backward = { task, first, count, sums in
    let task = task.unsafelyUnwrapped
    BackwardRows(task: task, first: first, count: count, sums: sums).run(task.pointee.dtype)
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
    SumRounding(
      gradient: gradient.unsafelyUnwrapped, total: total.unsafelyUnwrapped, features: features, narrow: narrow != 0
    ).run(dtype)
  }
}

private struct ForwardRows: ElementWork {
  let task: UnsafePointer<planish_forward_task>
  let first: Int
  let count: Int
  @inline(__always) func run<E: Element>(_ element: E.Type) { forward(E.self, task, first, count) }
}

private struct BackwardRows: ElementWork {
  let task: UnsafePointer<planish_backward_task>
  let first: Int
  let count: Int
  let sums: UnsafePointer<planish_parameter_sums>?
  @inline(__always) func run<E: Element>(_ element: E.Type) { backward(E.self, task, first, count, sums) }
}

private struct SumRounding: ElementWork {
  let gradient: UnsafeMutableRawPointer
  let total: UnsafeRawPointer
  let features: Int
  let narrow: Bool
  @inline(__always) func run<E: Element>(_ element: E.Type) { E.round(total, to: gradient, features, narrow: narrow) }
}
