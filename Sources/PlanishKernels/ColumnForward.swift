import CPlanishKernels

/// y, mean and rstd of rows that lie side by side.
struct ColumnForward<Value: Compute, W: Parameter, B: Parameter> where W.Value == Value, B.Value == Value {
  let task: UnsafePointer<planish_forward_task>
  let weight: W
  let bias: B

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    forEachColumns(first, count, inner: task.pointee.inner) { columns($0, $1) }
  }

  @inline(never) private func columns(_ row: Int, _ count: Int) {
    let task = task.pointee
    let x = task.x.columns(row, count, inner: task.inner, task.dtype, Value.self)
    guard let moments = x.moments(task.features, eps: task.eps) else {
      for row in row..<row &+ count { anyForward(Value.self, task, row) }
      return
    }
    var normalizer = ColumnNormalizer<Value>()
    for lane in 0..<count {
      task.storeStatistics(row &+ lane, moments[lane])
      normalizer.set(lane, Normalizer(moments[lane]))
    }
    let y = task.y.columns(row, count, inner: task.inner, task.dtype, Value.self)
    for i in 0..<task.features {
      let normalized = normalizer(x.load(i))
      y.store(Value.fma(normalized, weight.one(i), bias.one(i)), i)
    }
  }
}
