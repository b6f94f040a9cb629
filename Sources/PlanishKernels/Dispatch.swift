import CPlanishKernels

// From what a task holds at run time to kernels that know it when they are compiled, one choice at a time. At the baseline
// level, which is there to run and not to be fast, all rows go one by one; and so do they where dx is not wanted.

@inline(__always) private var hasKernels: Bool {
  #if PLANISH_BASELINE
    false
  #else
    true
  #endif
}

@inline(never)
func forward<E: Element>(_ element: E.Type, _ task: UnsafePointer<planish_forward_task>, _ first: Int, _ count: Int) {
  if hasKernels && task.pointee.inner != 1 {
    ColumnForward<E>(task).rows(first, count)
  } else if hasKernels, let parameters = ParameterKind(E.self, task.pointee.weight, task.pointee.bias) {
    Edges<E>.during(streams: task.pointee.streams != 0) { Forward<E>(task, parameters, $0).rows(first, count) }
  } else {
    for row in first..<first &+ count { anyForward(E.Value.self, task.pointee, row) }
  }
}

@inline(never)
func backward<E: Element>(
  _ element: E.Type, _ task: UnsafePointer<planish_backward_task>, _ first: Int, _ count: Int,
  _ sums: UnsafePointer<planish_parameter_sums>?
) {
  let sums = sums.map { ParameterSums<E.Value>($0.pointee, features: task.pointee.features) }
  if !hasKernels || task.pointee.dx.data == nil { return anyBackward(task.pointee, first, count, sums) }
  if task.pointee.inner != 1 { return ColumnBackward<E>(task, sums).rows(first, count) }
  Edges<E>.during(streams: task.pointee.streams != 0) { edges in
    if task.pointee.weight.canBe(E.dtype) {
      Backward<E, E>(task, weight: E.self, sums, edges).rows(first, count)
    } else {
      Backward<E, E.Exact>(task, weight: E.Exact.self, sums, edges).rows(first, count)
    }
  }
}
