import CPlanishKernels

extension planish_backward_task {
  /// The chunk of a row as a row of its own.
  @inline(__always) fileprivate func part(_ row: Int, _ chunk: Int) -> planish_backward_task {
    let size = planish_element_size(dtype)
    let start = chunk &* chunkSize
    var part = self
    part.features = Swift.min(chunkSize, features &- start)
    part.x = x.part(row, start, size)
    part.dy = dy.part(row, start, size)
    part.dx = dx.part(row, start, size)
    part.weight = weight.part(start)
    return part
  }
}

@_optimize(size) @inline(never)
func backwardShared(
  _ task: UnsafePointer<planish_backward_task>, _ row: UnsafeMutablePointer<planish_shared_row>, _ step: Int32,
  _ chunk: Int, _ sums: UnsafePointer<planish_parameter_sums>?
) -> Int32 {
  let dtype = task.pointee.dtype
  switch Int(step) {
  case PLANISH_SHARED_SUM, PLANISH_SHARED_SUM_PRODUCTS, PLANISH_SHARED_WRITE:
    var part = task.pointee.part(row.pointee.row, chunk)
    if Int(step) == PLANISH_SHARED_SUM {
      SharedSum(x: part.x, features: part.features, row: row, chunk: chunk).run(dtype)
    } else {
      withUnsafePointer(to: &part) { BackwardWork(part: $0, row: row, step: step, chunk: chunk, sums: sums).run(dtype) }
    }
    return 0
  default:
    return dtype == PLANISH_TASK_F64
      ? backwardStep(Double.self, task.pointee, row, step, sums)
      : backwardStep(Float.self, task.pointee, row, step, sums)
  }
}

/// One that goes on for the row as a whole.
@inline(__always)
private func backwardStep<Value: Compute>(
  _ value: Value.Type, _ task: planish_backward_task, _ row: UnsafeMutablePointer<planish_shared_row>, _ step: Int32,
  _ sums: UnsafePointer<planish_parameter_sums>?
) -> Int32 {
  let shared = SharedRow<Value>(row, task.features)
  let index = row.pointee.row
  switch Int(step) {
  case PLANISH_SHARED_BEGIN:
    if task.mean == nil || task.rstd == nil {
      return shared.begin(task.x.any(index, inner: 1, task.dtype, Value.self))
    }
    guard let normalizer = task.given(Value.self, index) else { return Int32(PLANISH_SHARED_ALONE) }
    return shared.go(on: Int32(PLANISH_SHARED_SUM_PRODUCTS), normalizer)
  case PLANISH_SHARED_SETTLE:
    let (moments, next) = shared.settle(eps: task.eps)
    guard let moments else { return next }
    return shared.go(on: Int32(PLANISH_SHARED_SUM_PRODUCTS), Normalizer(rounded: moments))
  case PLANISH_SHARED_SETTLE_PRODUCTS:
    return shared.settleProducts()
  default:
    let sums = sums.map { ParameterSums<Value>($0.pointee, features: task.features) }
    if index == 0 { sums?.beginPanel() }
    anyBackward(task, index, sums)
    if row.pointee.is_last != 0 { sums?.finish() }
    return 0
  }
}

/// The products of a chunk, or its results.
private struct BackwardWork: ElementWork {
  let part: UnsafePointer<planish_backward_task>
  let row: UnsafeMutablePointer<planish_shared_row>
  let step: Int32
  let chunk: Int
  let sums: UnsafePointer<planish_parameter_sums>?

  @inline(__always) func run<E: Element>(_ element: E.Type) {
    if part.pointee.weight.canBe(E.dtype) { run(E.self, E.self) } else { run(E.self, E.Exact.self) }
  }

  @inline(__always) private func run<E: Element, W: Element>(_ element: E.Type, _ weight: W.Type)
  where W.Value == E.Value {
    let shared = SharedRow<E.Value>(row, part.pointee.features)
    let offset = chunk &* chunkSize &* E.Value.size
    let sums = sums.map {
      var memory = $0.pointee
      memory.dweight += offset
      memory.dbias += offset
      return ParameterSums<E.Value>(memory, features: part.pointee.features)
    }
    Edges<E>.during(streams: part.pointee.streams != 0) {
      let backward = Backward<E, W>(part, weight: W.self, sums, $0)
      if Int(step) == PLANISH_SHARED_SUM_PRODUCTS {
        shared.set(chunk, backward.products(0, shared.projection.normalizer))
      } else {
        if row.pointee.row == 0 { sums?.beginPanel() }
        backward.write(0, shared.projection)
        if row.pointee.is_last != 0 { sums?.finish() }
      }
    }
  }
}
