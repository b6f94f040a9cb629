import CPlanishKernels

/// y, mean and rstd of rows of `E` that lie side by side.
struct ColumnForward<E: Element> {
  let task: UnsafePointer<planish_forward_task>
  private let weight: AnyParameter<E.Value>
  private let bias: AnyParameter<E.Value>

  @inline(__always) init(_ task: UnsafePointer<planish_forward_task>) {
    self.task = task
    weight = task.pointee.weight.asWeight(E.Value.self)
    bias = task.pointee.bias.asBias(E.Value.self)
  }

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let length = RowLength<E.Value>(task.pointee.features)
    forEachColumns(first, count, inner: task.pointee.inner) { columns($0, $1, length) }
  }

  @inline(never) private func columns(_ row: Int, _ count: Int, _ length: RowLength<E.Value>) {
    let task = task.pointee
    let x = task.x.columns(row, count, inner: task.inner, E.self)
    guard let moments = x.moments(length, eps: task.eps) else {
      for row in row..<row &+ count { anyForward(E.Value.self, task, row) }
      return
    }
    task.storeStatistics(of: moments, row, x.side)
    let normalizer = LaneNormalizer(moments)
    let y = task.y.columns(row, count, inner: task.inner, E.self)
    forEachFeature(length.features, weight, bias) { i, weight, bias in
      y.store(E.Value.fma(normalizer(x.load(i)), weight, bias), i)
    }
  }
}

/// Goes through the features with their weight and bias, each in all lanes.
@inline(__always)
private func forEachFeature<Value: Compute>(
  _ features: Int, _ weight: AnyParameter<Value>, _ bias: AnyParameter<Value>,
  _ body: (Int, SIMD16<Value>, SIMD16<Value>) -> Void
) {
  var i = 0
  while i < features {
    let count = Swift.min(16, features &- i)
    let weights = weight.values(i, count)
    let biases = bias.values(i, count)
    for k in 0..<count { body(i &+ k, Value.splat(weights[k]), Value.splat(biases[k])) }
    i &+= 16
  }
}
