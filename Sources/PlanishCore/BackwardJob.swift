import CPlanishKernels
import CPlanishSystem

/// Rows of a valid problem, part by part, on several threads. With sums, a part is a block of rows.
struct BackwardJob {
  private let task: planish_backward_task
  private let kernels: planish_kernels
  private let streaming: Streaming
  private let rowsPerPart: Int
  private let parts: Int
  private let rows: Int
  private let state = planish_float_state_current()
  private var partsPerPiece = 1
  private var blocks: (order: BlockOrder, sums: ParameterSumMemory)?
  private var turn = planish_turn()

  init(
    _ task: planish_backward_task, _ kernels: planish_kernels, _ streaming: Streaming, rowsPerPart: Int, parts: Int,
    rows: Int
  ) {
    self.task = task
    self.kernels = kernels
    self.streaming = streaming
    self.rowsPerPart = rowsPerPart
    self.parts = parts
    self.rows = rows
  }

  /// Without sums.
  mutating func run(threads: Int) {
    let pieces = (parts - 1) / partsPerPiece + 1
    let waits = blocks.map { !$0.order.areKept } ?? false
    withUnsafeMutablePointer(to: &self) { job in
      runPieces(threads: threads, pieces: pieces, inOrder: waits, job) { job, piece in
        BackwardJob.run(job.unsafelyUnwrapped.assumingMemoryBound(to: BackwardJob.self), Int(piece))
      }
    }
  }

  /// The sums over all rows are the total then.
  mutating func run(_ order: BlockOrder, _ sums: ParameterSumMemory) {
    blocks = (order, sums)
    partsPerPiece = order.blocksPerPiece
    run(threads: order.threads)
    if order.areKept {
      for block in 0..<parts { sums.addBlock(block, kernels) }
    }
  }

  private static func run(_ job: UnsafeMutablePointer<BackwardJob>, _ piece: Int) {
    let own = planish_float_state_adopt(job.pointee.state)
    defer { planish_float_state_leave(own) }
    let perPiece = job.pointee.partsPerPiece
    for part in piece * perPiece..<Swift.min((piece + 1) * perPiece, job.pointee.parts) {
      guard let (order, sums) = job.pointee.blocks else {
        job.pointee.run(part, nil)
        continue
      }
      let block = order.areKept ? part : part % order.blocksInMemory
      sums.clear(block)
      withUnsafePointer(to: sums.intoBlock(block, panel: order.areKept ? piece : block)) { job.pointee.run(part, $0) }
      if order.areKept { continue }
      // At most so many blocks are under way, and they are neighbours, since each waits for the one before it.
      withUnsafeMutablePointer(to: &job.pointee.turn) { turn in
        planish_turn_wait(turn, Int32(part))
        sums.addBlock(block, job.pointee.kernels)
        planish_turn_pass(turn)
      }
    }
  }

  private func run(_ part: Int, _ sums: UnsafePointer<planish_parameter_sums>?) {
    let first = part * rowsPerPart
    var task = task
    task.streams = streaming.isWanted(part)
    withUnsafePointer(to: task) { kernels.backward($0, first, Swift.min(rowsPerPart, rows - first), sums) }
  }
}
