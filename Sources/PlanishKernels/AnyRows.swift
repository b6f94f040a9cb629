import CPlanishKernels

// Rows of any layout, dtype and scale, one at a time: for those that have no kernel of their own.

@_optimize(size) @inline(never)
func anyForward<Value: Compute>(_ value: Value.Type, _ task: planish_forward_task, _ row: Int) {
  var x = task.x.any(row, inner: task.inner, task.dtype, Value.self)
  let length = RowLength<Value>(task.features)
  var moments: Moments<Value>
  var exponent = 0
  if let plain = x.moments(length, eps: task.eps) {
    moments = plain
  } else {
    let rescaled = RescaledRow(x, length, eps: task.eps)
    x = rescaled.row
    moments = rescaled.moments
    exponent = rescaled.exponent
  }
  task.storeStatistics(row, mean: moments.mean.scaled(by: exponent), rstd: moments.rstd.scaled(by: -exponent))
  Output(
    x: x, y: task.y.any(row, inner: task.inner, task.dtype, Value.self), weight: task.weight.asWeight(Value.self),
    bias: task.bias.asBias(Value.self), normalizer: Normalizer(moments), ahead: Ahead(p: x.p, size: 0)
  ).run(over: task.features)
}

/// dx where there is memory for it; `sums` is nil where they are not wanted.
@inline(__always)
func anyBackward<Value: Compute>(
  _ task: planish_backward_task, _ first: Int, _ count: Int, _ sums: ParameterSums<Value>?
) {
  guard let sums else {
    for row in first..<first &+ count { anyBackward(task, row, sums) }
    return
  }
  sums.forEachPanel(first, count) { first, count in
    for row in first..<first &+ count { anyBackward(task, row, sums) }
  }
}

@_optimize(size) @inline(never)
func anyBackward<Value: Compute>(_ task: planish_backward_task, _ row: Int, _ sums: ParameterSums<Value>?) {
  var x = task.x.any(row, inner: task.inner, task.dtype, Value.self)
  var dx = task.dx.any(row, inner: task.inner, task.dtype, Value.self)
  var normalizer: Normalizer<Value>
  let length = RowLength<Value>(task.features)
  if let plain = task.normalizer(row, x, length) {
    normalizer = plain
  } else {
    let rescaled = RescaledRow(x, length, eps: task.eps)
    x = rescaled.row
    dx.power = x.power
    normalizer = Normalizer(rounded: rescaled.moments)
  }
  let dy = task.dy.any(row, inner: task.inner, task.dtype, Value.self)
  let weight = task.weight.asWeight(Value.self)
  let gradient = Gradient(dy, x, weight, length, normalizer)
  let ahead = Ahead(p: x.p, size: 0)  // never fetched
  SinglePass<AnyRow<Value>, AnyRow<Value>, AnyTarget<Value>, AnyParameter<Value>, WantedIfPresent>(
    gradient: gradient, weight: weight, dx: task.dx.data == nil ? nil : dx, sums: sums,
    ahead: InputsAhead(x: ahead, dy: ahead), inPairs: false
  ).run(over: task.features)
}
