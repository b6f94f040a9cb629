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
    let rows = shape.normalizedRows
    let elementsPerThread = 1 << 16
    let state = planish_float_state_enter()
    defer { planish_float_state_leave(state) }
    if dweight == nil && dbias == nil {
      guard dx != nil && rows > 0 else { return }
      if var shared = try SharedRows(shape, kernels, elementsPerThread: elementsPerThread) {
        shared.run(task, shape, nil)
        return
      }
      let pieces = try RowPieces(shape: shape, elementsPerThread: elementsPerThread)
      if pieces.threads == 1 {
        withUnsafePointer(to: task) { kernels.backward($0, 0, rows, nil) }
        return
      }
      let streaming = Streaming(shape, arrays: 3, threads: pieces.threads)
      var job = BackwardJob(
        task, kernels, streaming, rowsPerPart: pieces.rowsPerPiece, parts: pieces.count, rows: rows)
      job.run(threads: pieces.threads)
    } else if rows <= Int(PLANISH_PANEL_ROWS) {
      try runPanel(task, kernels, elementsPerThread: elementsPerThread)
    } else {
      let pieces = try RowPieces(shape: shape, elementsPerThread: elementsPerThread)
      try runBlocks(task, kernels, threads: pieces.threads)
    }
  }

  /// A single panel of rows: its sums are the result, and are made in place where they are of that dtype.
  private func runPanel(
    _ task: planish_backward_task, _ kernels: planish_kernels, elementsPerThread: Int
  ) throws(Fault) {
    let exact = shape.dtype.exact
    var sums = planish_parameter_sums()
    if shape.weightDtype == exact { sums.dweight = dweight }
    if shape.biasDtype == exact { sums.dbias = dbias }
    var memory: ParameterSumMemory?
    if sums.dweight == nil || sums.dbias == nil {
      let panel = try ParameterSumMemory(
        total: false, blocks: 0, panels: 1, features: shape.features, dtype: shape.dtype)
      memory = panel
      if sums.dweight == nil { sums.dweight = panel.panel(0) }
      if sums.dbias == nil { sums.dbias = panel.panelOfDbias(0) }
    }
    defer { memory?.release() }
    let rows = shape.normalizedRows
    var areRounded = false
    if dx != nil, var shared = try SharedRows(shape, kernels, elementsPerThread: elementsPerThread) {
      withUnsafePointer(to: sums) { shared.run(task, shape, $0) }
      areRounded = true
    } else {
      withUnsafePointer(to: task) { task in
        withUnsafePointer(to: sums) { kernels.backward(task, 0, rows, $0) }
      }
    }
    let isNarrow: Int32 = 1
    if let dweight, !(areRounded && dweight == sums.dweight) {
      kernels.round_sums(shape.weightDtype.number, dweight, sums.dweight, shape.features, isNarrow)
    }
    if let dbias, !(areRounded && dbias == sums.dbias) {
      kernels.round_sums(shape.biasDtype.number, dbias, sums.dbias, shape.features, isNarrow)
    }
  }

  private func runBlocks(_ task: planish_backward_task, _ kernels: planish_kernels, threads: Int) throws(Fault) {
    let rows = shape.normalizedRows
    let blocks = RowBlocks(rows: rows)
    let order = BlockOrder(shape, blocks, threads: Swift.min(threads, blocks.count))
    let sums = try ParameterSumMemory(
      blocks: order.blocksInMemory, panels: order.panelsInMemory, features: shape.features, dtype: shape.dtype)
    defer { sums.release() }
    if order.isDirect {
      let memory = sums.intoTotal
      withUnsafePointer(to: task) { task in
        withUnsafePointer(to: memory) { kernels.backward(task, 0, rows, $0) }
      }
    } else {
      let streaming = Streaming(shape, arrays: 3, threads: order.threads)
      var job = BackwardJob(task, kernels, streaming, rowsPerPart: blocks.rowsPerBlock, parts: blocks.count, rows: rows)
      job.run(order, sums)
    }
    let isNarrow: Int32 = 0
    if let dweight {
      kernels.round_sums(shape.weightDtype.number, dweight, sums.total, shape.features, isNarrow)
    }
    if let dbias { kernels.round_sums(shape.biasDtype.number, dbias, sums.totalOfDbias, shape.features, isNarrow) }
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
      eps: shape.eps, dtype: shape.dtype.number,
      streams: Streaming(shape, arrays: 3, threads: 1).isWanted(0))
  }
}
