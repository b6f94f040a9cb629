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
  let (weight, bias) = (task.pointee.weight, task.pointee.bias)
  if !hasKernels {
    for row in first..<first &+ count { anyForward(E.Value.self, task.pointee, row) }
    return
  }
  if task.pointee.inner != 1 {
    ColumnForward<E>(task).rows(first, count)
    return
  }
  if weight.canBe(E.self) && bias.canBe(E.self) {
    Forward<E, Optionally<E>, Optionally<E>>(
      task, weight: Optionally(weight, neutral: 1), bias: Optionally(bias, neutral: -E.Value.zero)
    ).rows(first, count)
  } else if weight.canBe(exactly: E.Value.self) && bias.canBe(exactly: E.Value.self) {
    Forward<E, Optionally<E.Exact>, Optionally<E.Exact>>(
      task, weight: Optionally(weight, neutral: 1), bias: Optionally(bias, neutral: -E.Value.zero)
    ).rows(first, count)
  } else {
    Forward<E, AnyParameter<E.Value>, AnyParameter<E.Value>>(
      task, weight: weight.asWeight(E.Value.self), bias: bias.asBias(E.Value.self)
    ).rows(first, count)
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
  if task.pointee.weight.canBe(E.self) {
    Backward<E, Optionally<E>>(task, Optionally(task.pointee.weight, neutral: 1), sums).rows(first, count)
  } else {
    Backward<E, Optionally<E.Exact>>(task, Optionally(task.pointee.weight, neutral: 1), sums).rows(first, count)
  }
}

extension planish_parameter {
  /// Whether it is stored in `E`, or not there.
  @inline(__always) fileprivate func canBe<E: Element>(_ element: E.Type) -> Bool {
    // float32 and float64 have no other.
    E.dtype == E.Exact.dtype || data == nil || dtype == E.dtype
  }

  @inline(__always) fileprivate func canBe<Value: Compute>(exactly value: Value.Type) -> Bool {
    data == nil || dtype == Value.Exact.dtype
  }
}
