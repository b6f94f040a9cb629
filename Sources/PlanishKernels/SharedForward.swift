import CPlanishKernels

extension planish_forward_task {
  /// The chunk of a row as a row of its own.
  @inline(__always) fileprivate func part(_ row: Int, _ chunk: Int) -> planish_forward_task {
    let size = planish_element_size(dtype)
    let start = chunk &* chunkSize
    var part = self
    part.features = Swift.min(chunkSize, features &- start)
    part.x = x.part(row, start, size)
    part.y = y.part(row, start, size)
    part.weight = weight.part(start)
    part.bias = bias.part(start)
    return part
  }
}

@_optimize(size) @inline(never)
func forwardShared(
  _ task: UnsafePointer<planish_forward_task>, _ row: UnsafeMutablePointer<planish_shared_row>, _ step: Int32,
  _ chunk: Int
) -> Int32 {
  switch Int(step) {
  case PLANISH_SHARED_SUM, PLANISH_SHARED_WRITE:
    var part = task.pointee.part(row.pointee.row, chunk)
    if Int(step) == PLANISH_SHARED_SUM {
      SharedSum(x: part.x, features: part.features, row: row, chunk: chunk).run(part.dtype)
    } else {
      withUnsafePointer(to: &part) { ForwardWrite(part: $0, row: row).run(task.pointee.dtype) }
    }
    return 0
  default:
    return task.pointee.dtype == PLANISH_TASK_F64
      ? forwardStep(Double.self, task.pointee, row, step) : forwardStep(Float.self, task.pointee, row, step)
  }
}

/// One that goes on for the row as a whole.
@inline(__always)
private func forwardStep<Value: Compute>(
  _ value: Value.Type, _ task: planish_forward_task, _ row: UnsafeMutablePointer<planish_shared_row>, _ step: Int32
) -> Int32 {
  let shared = SharedRow<Value>(row, task.features)
  let index = row.pointee.row
  switch Int(step) {
  case PLANISH_SHARED_BEGIN:
    return shared.begin(task.x.any(index, inner: 1, task.dtype, Value.self))
  case PLANISH_SHARED_SETTLE:
    let (moments, next) = shared.settle(eps: task.eps)
    guard let moments else { return next }
    task.storeStatistics(index, mean: moments.mean, rstd: moments.rstd)
    return shared.go(on: Int32(PLANISH_SHARED_WRITE), Normalizer(moments))
  default:
    anyForward(Value.self, task, index)
    return 0
  }
}

private struct ForwardWrite: ElementWork {
  let part: UnsafePointer<planish_forward_task>
  let row: UnsafeMutablePointer<planish_shared_row>
  @inline(__always) func run<E: Element>(_ element: E.Type) {
    let shared = SharedRow<E.Value>(row, part.pointee.features)
    guard let parameters = ParameterKind(E.self, part.pointee.weight, part.pointee.bias) else { return }
    Edges<E>.during(streams: part.pointee.streams != 0) {
      Forward<E>(part, parameters, $0).write(0, shared.projection.normalizer, rowsAhead: 0)
    }
  }
}
