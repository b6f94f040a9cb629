import CPlanishKernels
import CPlanishSystem

/// dx, dweight and dbias, each where its pointer is not nil.
package struct BackwardProblem {
  package var shape: Shape
  package var dy: UnsafeRawPointer?
  package var x: UnsafeRawPointer?
  package var weight: UnsafeRawPointer?
  package var mean: UnsafeRawPointer?
  package var rstd: UnsafeRawPointer?
  package var dx: UnsafeMutableRawPointer?
  package var dweight: UnsafeMutableRawPointer?
  package var dbias: UnsafeMutableRawPointer?

  package init(shape: Shape) { self.shape = shape }

  /// Checks everything first: a problem that throws has touched nothing.
  package func run() throws(Fault) {
    let task = try validated()
    let kernels = try Level.current().kernels
    let state = planish_float_state_enter()
    defer { planish_float_state_leave(state) }
    if dweight == nil && dbias == nil {
      if dx != nil && shape.normalizedRows > 0 {
        withUnsafePointer(to: task) { kernels.backward($0, 0, shape.normalizedRows, nil) }
      }
    } else {
      try runWithParameters(task, kernels)
    }
  }

  private func runWithParameters(_ task: planish_backward_task, _ kernels: planish_kernels) throws(Fault) {
    let sums = try ParameterSumMemory(features: shape.features, dtype: shape.dtype)
    defer { sums.release() }
    let rows = shape.normalizedRows
    let blockRows = RowBlocks(rows: rows).rowsPerBlock
    var first = 0
    while first < rows {
      let count = Swift.min(blockRows, rows - first)
      sums.clearBlock()
      withUnsafePointer(to: task) { task in
        withUnsafePointer(to: sums.forKernels) { kernels.backward(task, first, count, $0) }
      }
      kernels.add_sums(shape.dtype.number, sums.total, sums.block, 2 * sums.padded)
      first += count
    }
    if let dweight { kernels.round_sums(shape.weightDtype.number, dweight, sums.total, shape.features) }
    if let dbias { kernels.round_sums(shape.biasDtype.number, dbias, sums.totalOfDbias, shape.features) }
  }

  private func validated() throws(Fault) -> planish_backward_task {
    try shape.requireValid()
    let dy = try shape.array(.dy, dy, shape.dy)
    let x = try shape.array(.x, x, shape.x)
    let dx = try shape.array(.dx, dx, shape.dx)
    let weight = try shape.weight("weight", weight)
    let mean = try shape.statistic("mean", mean)
    let rstd = try shape.statistic("rstd", rstd)
    let dweight = try shape.weight("dweight", dweight)
    let dbias = try shape.bias("dbias", dbias)
    try dy.requirePresent()
    try x.requirePresent()
    if mean.base != nil || rstd.base != nil {
      try mean.requirePresent()
      try rstd.requirePresent()
    }
    let inputs: [5 of Region] = [dy, x, weight, mean, rstd]
    let outputs: [3 of Region] = [dx, dweight, dbias]
    try Region.requireApart(inputs: inputs.span, outputs: outputs.span)
    return planish_backward_task(
      dy: dy.input, x: x.input, weight: planish_parameter(data: weight.base, dtype: shape.weightDtype.number),
      mean: mean.base, rstd: rstd.base, dx: dx.output(self.dx), features: shape.features, inner: shape.inner,
      eps: shape.eps, dtype: shape.dtype.number)
  }
}
