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
    if shape.normalizedRows <= Int(PLANISH_PANEL_ROWS) {
      try runPanel(task, kernels)
    } else {
      try runBlocks(task, kernels)
    }
  }

  /// A single panel of rows: its sums are the result, and are made in place where they are of that dtype.
  private func runPanel(_ task: planish_backward_task, _ kernels: planish_kernels) throws(Fault) {
    let exact = shape.dtype.exact
    var sums = planish_parameter_sums()
    if shape.weightDtype == exact { sums.dweight = dweight }
    if shape.biasDtype == exact { sums.dbias = dbias }
    var memory: ParameterSumMemory?
    if sums.dweight == nil || sums.dbias == nil {
      let panel = try ParameterSumMemory(arrays: 0, features: shape.features, dtype: shape.dtype)
      memory = panel
      if sums.dweight == nil { sums.dweight = panel.panelOfDweight }
      if sums.dbias == nil { sums.dbias = panel.panelOfDbias }
    }
    defer { memory?.release() }
    withUnsafePointer(to: task) { task in
      withUnsafePointer(to: sums) { kernels.backward(task, 0, shape.normalizedRows, $0) }
    }
    let isNarrow: Int32 = 1
    if let dweight { kernels.round_sums(shape.weightDtype.number, dweight, sums.dweight, shape.features, isNarrow) }
    if let dbias { kernels.round_sums(shape.biasDtype.number, dbias, sums.dbias, shape.features, isNarrow) }
  }

  private func runBlocks(_ task: planish_backward_task, _ kernels: planish_kernels) throws(Fault) {
    let rows = shape.normalizedRows
    let blocks = RowBlocks(rows: rows)
    let sums = try ParameterSumMemory(
      arrays: blocks.areSinglePanels ? 1 : 2, features: shape.features, dtype: shape.dtype)
    defer { sums.release() }
    let (total, block) = (0, 1)
    withUnsafePointer(to: task) { task in
      if blocks.areSinglePanels {
        withUnsafePointer(to: sums.forKernels(into: total)) { kernels.backward(task, 0, rows, $0) }
        return
      }
      for first in stride(from: 0, to: rows, by: blocks.rowsPerBlock) {
        let count = Swift.min(blocks.rowsPerBlock, rows - first)
        sums.clear(block)
        withUnsafePointer(to: sums.forKernels(into: block)) { kernels.backward(task, first, count, $0) }
        kernels.add_sums(shape.dtype.number, sums.dweight(total), sums.dweight(block), sums.sumsPerBlock)
      }
    }
    let isNarrow: Int32 = 0
    if let dweight {
      kernels.round_sums(shape.weightDtype.number, dweight, sums.dweight(total), shape.features, isNarrow)
    }
    if let dbias { kernels.round_sums(shape.biasDtype.number, dbias, sums.dbias(total), shape.features, isNarrow) }
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
