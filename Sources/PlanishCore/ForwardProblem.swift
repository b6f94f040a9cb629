import CPlanishKernels
import CPlanishSystem

/// y, mean and rstd of rows of x.
package struct ForwardProblem {
  package var shape: Shape
  package var x: UnsafeRawPointer?
  package var weight: UnsafeRawPointer?
  package var bias: UnsafeRawPointer?
  package var y: UnsafeMutableRawPointer?
  package var mean: UnsafeMutableRawPointer?
  package var rstd: UnsafeMutableRawPointer?

  package init(shape: Shape) { self.shape = shape }

  /// Checks everything first: a problem that throws has touched nothing.
  package func run() throws(Fault) {
    let task = try validated()
    let kernels = try Level.current().kernels
    guard shape.rows > 0 else { return }
    let elementsPerThread = 1 << 17
    let pieces = try RowPieces(shape: shape, elementsPerThread: elementsPerThread)
    let state = planish_float_state_enter()
    defer { planish_float_state_leave(state) }
    if var shared = try SharedRows(shape, kernels, elementsPerThread: elementsPerThread) {
      shared.run(task, shape)
      return
    }
    if pieces.threads == 1 {
      withUnsafePointer(to: task) { kernels.forward($0, 0, shape.normalizedRows) }
      return
    }
    let streaming = Streaming(shape, arrays: 2, threads: pieces.threads)
    var job = ForwardJob(
      task: task, kernels: kernels, pieces: pieces, streaming: streaming, rows: shape.normalizedRows,
      state: planish_float_state_current())
    job.run()
  }

  private func validated() throws(Fault) -> planish_forward_task {
    try shape.requireValid()
    let x = try shape.array(.x, x, shape.x)
    let y = try shape.array(.y, y, shape.y)
    let weight = try shape.weight("weight", weight)
    let bias = try shape.bias("bias", bias)
    let mean = try shape.statistic("mean", mean)
    let rstd = try shape.statistic("rstd", rstd)
    try x.requirePresent()
    try y.requirePresent()
    let inputs: [3 of Region] = [x, weight, bias]
    let outputs: [3 of Region] = [y, mean, rstd]
    try Region.requireApart(inputs: inputs.span, outputs: outputs.span)
    return planish_forward_task(
      x: x.input, weight: planish_parameter(data: weight.base, dtype: shape.weightDtype.number),
      bias: planish_parameter(data: bias.base, dtype: shape.biasDtype.number), y: y.output(self.y), mean: self.mean,
      rstd: self.rstd, features: shape.features, inner: shape.inner, eps: shape.eps, dtype: shape.dtype.number,
      streams: Streaming(shape, arrays: 2, threads: 1).isWanted(0))
  }
}

/// Rows of a valid problem, on several threads.
private struct ForwardJob {
  let task: planish_forward_task
  let kernels: planish_kernels
  let pieces: RowPieces
  let streaming: Streaming
  let rows: Int
  let state: planish_float_state

  mutating func run() {
    let (threads, count) = (pieces.threads, pieces.count)
    withUnsafeMutablePointer(to: &self) { job in
      runPieces(threads: threads, pieces: count, job) { job, piece in
        job.unsafelyUnwrapped.assumingMemoryBound(to: ForwardJob.self).pointee.run(piece: Int(piece))
      }
    }
  }

  private func run(piece: Int) {
    let (first, count) = pieces.rows(piece, of: rows)
    var task = task
    task.streams = streaming.isWanted(piece)
    let own = planish_float_state_adopt(state)
    withUnsafePointer(to: task) { kernels.forward($0, first, count) }
    planish_float_state_leave(own)
  }
}
