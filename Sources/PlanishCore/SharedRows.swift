import CPlanishKernels
import CPlanishSystem

/// Rows that are so few and so long that threads share each of them, chunk by chunk: see planish_shared_row.
struct SharedRows {
  private let kernels: planish_kernels
  private let threads: Int
  private let chunks: Int
  private let memory: UnsafeMutableRawPointer
  private let floatState: planish_float_state
  private let row: UnsafeMutablePointer<planish_shared_row>
  private var step: Int32 = 0
  private var forward: UnsafePointer<planish_forward_task>?
  private var backward: UnsafePointer<planish_backward_task>?
  private var sums: UnsafePointer<planish_parameter_sums>?

  /// nil if threads had better take rows, or if there is no memory.
  init?(_ shape: Shape, _ kernels: planish_kernels, elementsPerThread: Int) throws(Fault) {
    guard shape.features >= 2 * elementsPerThread, shape.inner == 1, shape.rows > 0,
      shape.weightDtype == shape.biasDtype, kernels.forward_shared != nil
    else { return nil }
    let threads = Swift.min(try Threads.current(), shape.features / elementsPerThread, Int(PLANISH_POOL_MOST))
    guard shape.rows < 4 * threads else { return nil }
    let chunks = planish_chunks(shape.features)
    let stateStart = MemoryLayout<planish_shared_row>.stride
    let totalsStart = stateStart + Int(PLANISH_SHARED_STATE)
    guard let memory = planish_allocate(totalsStart + chunks * Int(PLANISH_SHARED_TOTALS)) else { return nil }
    self.kernels = kernels
    self.threads = threads
    self.chunks = chunks
    self.memory = memory
    floatState = planish_float_state_current()
    row = memory.assumingMemoryBound(to: planish_shared_row.self)
    row.initialize(
      to: planish_shared_row(row: 0, is_last: 0, state: memory + stateStart, totals: memory + totalsStart))
  }

  mutating func run(_ task: planish_forward_task, _ shape: Shape) {
    var task = task
    task.streams = Streaming(shape, arrays: 2, threads: threads).isWanted(0)
    withUnsafePointer(to: task) {
      forward = $0
      share(shape.rows)
    }
  }

  /// `sums` are of one panel, and without a block.
  mutating func run(_ task: planish_backward_task, _ shape: Shape, _ sums: UnsafePointer<planish_parameter_sums>?) {
    var task = task
    task.streams = Streaming(shape, arrays: 3, threads: threads).isWanted(0)
    self.sums = sums
    withUnsafePointer(to: task) {
      backward = $0
      share(shape.rows)
    }
  }

  private mutating func share(_ rows: Int) {
    for row in 0..<rows { share(row, of: rows) }
    planish_release(memory)
  }

  private mutating func share(_ index: Int, of rows: Int) {
    row.pointee.row = index
    row.pointee.is_last = index + 1 == rows ? 1 : 0
    step = call(Int32(PLANISH_SHARED_BEGIN), 0)
    while step != PLANISH_SHARED_ALONE {
      let threads = threads
      withUnsafeMutablePointer(to: &self) { job in
        runPieces(threads: threads, pieces: threads, job) { job, piece in
          job.unsafelyUnwrapped.assumingMemoryBound(to: SharedRows.self).pointee.run(piece: Int(piece))
        }
      }
      if step == PLANISH_SHARED_WRITE { return }
      let isProducts = step == PLANISH_SHARED_SUM_PRODUCTS
      step = call(Int32(isProducts ? PLANISH_SHARED_SETTLE_PRODUCTS : PLANISH_SHARED_SETTLE), 0)
    }
    _ = call(step, 0)
  }

  /// Each thread has the same chunks in all steps, and writes those first that it has read last: they are still near.
  private func run(piece: Int) {
    let own = planish_float_state_adopt(floatState)
    let (first, end) = (chunks * piece / threads, chunks * (piece + 1) / threads)
    for chunk in first..<end {
      _ = call(step, step == PLANISH_SHARED_WRITE ? first + end - 1 - chunk : chunk)
    }
    planish_float_state_leave(own)
  }

  private func call(_ step: Int32, _ chunk: Int) -> Int32 {
    if let forward { return kernels.forward_shared(forward, row, step, chunk) }
    return kernels.backward_shared(backward, row, step, chunk, sums)
  }
}
