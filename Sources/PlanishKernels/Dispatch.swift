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
  typealias Exact = Given<E.Exact>
  typealias None = Absent<E.Value>
  typealias Either = AnyParameter<E.Value>
  switch (weight.kind(E.self), bias.kind(E.self)) {
  case (.own(let weight), .own(let bias)):
    Forward<E, Given<E>, Given<E>>(task, weight: weight, bias: bias).rows(first, count)
  case (.exact(let weight), .exact(let bias)):
    Forward<E, Exact, Exact>(task, weight: weight, bias: bias).rows(first, count)
  case (.own(let weight), .absent):
    Forward<E, Given<E>, None>(task, weight: weight, bias: None()).rows(first, count)
  case (.absent, .absent):
    Forward<E, None, None>(task, weight: None(), bias: None()).rows(first, count)
  default:
    Forward<E, Either, Either>(task, weight: weight.asWeight(E.Value.self), bias: bias.asBias(E.Value.self))
      .rows(first, count)
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
  if sums != nil {
    backward(element, Wanted.self, task, first, count, sums)
  } else {
    backward(element, Unwanted.self, task, first, count, sums)
  }
}

@inline(__always)
private func backward<E: Element, Parameters: Choice>(
  _ element: E.Type, _ parameters: Parameters.Type, _ task: UnsafePointer<planish_backward_task>, _ first: Int,
  _ count: Int, _ sums: ParameterSums<E.Value>?
) {
  let weight = task.pointee.weight
  switch weight.kind(E.self) {
  case .own(let weight):
    Backward<E, Given<E>, Parameters>(task, weight, sums).rows(first, count)
  case .exact(let weight):
    Backward<E, Given<E.Exact>, Parameters>(task, weight, sums).rows(first, count)
  case .absent:
    Backward<E, Absent<E.Value>, Parameters>(task, Absent(), sums).rows(first, count)
  }
}

private enum ParameterKind<E: Element> {
  case own(Given<E>)
  case exact(Given<E.Exact>)
  case absent
}

extension planish_parameter {
  @inline(__always) fileprivate func kind<E: Element>(_ element: E.Type) -> ParameterKind<E> {
    guard let data else { return .absent }
    // For float32 and float64 the two are the same, and one is left out.
    if E.dtype == E.Exact.dtype || dtype == E.dtype { return .own(Given(p: data)) }
    return .exact(Given(p: data))
  }
}
