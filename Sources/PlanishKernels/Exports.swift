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
    forward(Float32.self, task.unsafelyUnwrapped, first, count)
  }
  table.pointee.backward = { task, first, count, sums in
    backward(Float32.self, task.unsafelyUnwrapped, first, count, sums)
  }
  table.pointee.add_sums = { dtype, total, block, count in
    Float32.addSums(total.unsafelyUnwrapped, block.unsafelyUnwrapped, count)
  }
  table.pointee.round_sums = { dtype, gradient, total, features in
    Float32.roundSums(gradient.unsafelyUnwrapped, total.unsafelyUnwrapped, features)
  }
}

// From what a task holds at run time to kernels that know it at compile time, one choice at a time.

private func forward<E: Element>(
  _ element: E.Type, _ task: UnsafePointer<planish_forward_task>, _ first: Int, _ count: Int
) {
  typealias None = Absent<E.Value>
  switch (task.pointee.weight != nil, task.pointee.bias != nil) {
  case (true, true): Forward<E, E, E>(task: task).rows(first, count)
  case (true, false): Forward<E, E, None>(task: task).rows(first, count)
  case (false, true): Forward<E, None, E>(task: task).rows(first, count)
  case (false, false): Forward<E, None, None>(task: task).rows(first, count)
  }
}

private func backward<E: Element>(
  _ element: E.Type, _ task: UnsafePointer<planish_backward_task>, _ first: Int, _ count: Int,
  _ sums: UnsafePointer<planish_parameter_sums>?
) {
  if task.pointee.weight != nil {
    backward(E.self, E.self, task, first, count, sums)
  } else {
    backward(E.self, Absent<E.Value>.self, task, first, count, sums)
  }
}

private func backward<E: Element, W: Parameter>(
  _ element: E.Type, _ weight: W.Type, _ task: UnsafePointer<planish_backward_task>, _ first: Int, _ count: Int,
  _ sums: UnsafePointer<planish_parameter_sums>?
) where W.Value == E.Value {
  let memory = ParameterSums<E.Value>(sums, features: task.pointee.features)
  switch (task.pointee.dx != nil, sums != nil) {
  case (true, true): Backward<E, W, Wanted, Wanted>(task: task, sums: memory).rows(first, count)
  case (true, false): Backward<E, W, Wanted, Unwanted>(task: task, sums: memory).rows(first, count)
  case (false, true): Backward<E, W, Unwanted, Wanted>(task: task, sums: memory).rows(first, count)
  case (false, false): break
  }
}
