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
      if dx != nil && shape.rows > 0 {
        withUnsafePointer(to: task) { kernels.backward($0, 0, shape.rows, nil) }
      }
    } else {
      try runWithParameters(task, kernels)
    }
  }

  private func runWithParameters(_ task: planish_backward_task, _ kernels: planish_kernels) throws(Fault) {
    let sums = try ParameterSumMemory(features: shape.features, dtype: shape.dtype)
    defer { sums.release() }
    let blockRows = RowBlocks(rows: shape.rows).rowsPerBlock
    var first = 0
    while first < shape.rows {
      let count = Swift.min(blockRows, shape.rows - first)
      sums.clearBlock()
      withUnsafePointer(to: task) { task in
        withUnsafePointer(to: sums.forKernels) { kernels.backward(task, first, count, $0) }
      }
      kernels.add_sums(shape.dtype.number, sums.total, sums.block, 2 * sums.padded)
      first += count
    }
    if let dweight { kernels.round_sums(shape.dtype.number, dweight, sums.total, shape.features) }
    if let dbias { kernels.round_sums(shape.dtype.number, dbias, sums.totalOfDbias, shape.features) }
  }

  private func validated() throws(Fault) -> planish_backward_task {
    try shape.requireValid()
    let dy = try shape.matrix("dy", stride: "dy_stride", dy, shape.dyStride)
    let x = try shape.matrix("x", stride: "x_stride", x, shape.xStride)
    let dx = try shape.matrix("dx", stride: "dx_stride", dx, shape.dxStride)
    let weight = try shape.parameter("weight", weight)
    let mean = try shape.statistic("mean", mean)
    let rstd = try shape.statistic("rstd", rstd)
    let dweight = try shape.parameter("dweight", dweight)
    let dbias = try shape.parameter("dbias", dbias)
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
      dy: dy.base, x: x.base, weight: weight.base, mean: mean.base, rstd: rstd.base, dx: self.dx,
      dy_stride: dy.strideBytes, x_stride: x.strideBytes, dx_stride: dx.strideBytes, features: shape.features,
      eps: shape.eps, dtype: shape.dtype.number)
  }
}
