import CPlanishSystem

/// How many threads a call may use.
package enum Threads {
  /// What was set; or else PLANISH_NUM_THREADS; or else the CPUs that this thread may run on, as far as its control group
  /// grants their time.
  package static func current() throws(Fault) -> Int {
    let chosen = planish_threads_get()
    if chosen > 0 { return Int(chosen) }
    if let text = planish_threads_from_environment() {
      let number = planish_positive_number(text)
      guard number > 0 else { throw .badThreads("PLANISH_NUM_THREADS", text) }
      return Int(number)
    }
    var granted = planish_threads_default_get()
    if granted == 0 {
      granted = planish_processors_granted()
      planish_threads_default_set(granted)
    }
    // CPUs may be given and taken while the process runs.
    return Int(Swift.min(granted, planish_processors_allowed()))
  }

  /// The same, but 1 where the others are asleep. Calls that follow each other closely wake them up, for the calls to come.
  static func awake() throws(Fault) -> Int {
    let state = planish_pool_is_awake()
    if state == 0 { return 1 }
    let threads = try current()
    if state < 0 && threads > 1 { planish_pool_wake_up(Int32(clamping: threads)) }
    return state > 0 ? threads : 1
  }

  /// For every call from now on; 0 goes back to the default.
  package static func choose(_ threads: Int) throws(Fault) {
    guard threads >= 0 else { throw .badThreads("threads", threads) }
    planish_threads_set(Int32(clamping: threads))
  }
}

/// How a problem is cut into pieces that can be done at the same time: rows, as many as make it worth while.
struct RowPieces {
  let threads: Int
  let rowsPerPiece: Int
  let count: Int

  /// `elementsPerThread` take about ten microseconds: what it costs to wake a second thread up. Less will do where one is
  /// awake.
  init(shape: Shape, elementsPerThread: Int) throws(Fault) {
    let rows = shape.normalizedRows
    let elements = rows * shape.features  // of an array that fits into the address space
    var threads = 1
    if elements >= 2 * elementsPerThread {
      threads = Swift.min(try Threads.current(), elements / elementsPerThread, Int(PLANISH_POOL_MOST))
    } else if elements >= 1 << 16 && planish_executor_get().run == nil {
      threads = Swift.min(try Threads.awake(), elements / (1 << 15))
    }
    // Columns go side by side in groups, which begin anew with every outer index.
    let unit = shape.inner == 1 ? 1 : shape.inner <= 1024 ? shape.inner : 16
    let units = (rows - 1) / unit + 1
    self.threads = Swift.min(threads, units)
    let pieces = self.threads == 1 ? 1 : Swift.min(units, 4 * self.threads)
    rowsPerPiece = ((units - 1) / pieces + 1) * unit
    count = (rows - 1) / rowsPerPiece + 1
  }

  /// Where a piece begins, and how many rows it has.
  func rows(_ piece: Int, of rows: Int) -> (first: Int, count: Int) {
    let first = piece * rowsPerPiece
    return (first, Swift.min(rowsPerPiece, rows - first))
  }
}

/// Calls `body` with each piece, on up to so many threads of the host's or of the library's; pieces begin in their order, if
/// so wanted.
func runPieces(
  threads: Int, pieces: Int, inOrder: Bool = false, _ context: UnsafeMutableRawPointer,
  _ body: @escaping @convention(c) (UnsafeMutableRawPointer?, Int32) -> Void
) {
  let executor = planish_executor_get()
  if executor.run != nil && threads > 1 {
    planish_pool_run_by(executor, Int32(threads), Int32(pieces), inOrder, body, context)
  } else {
    planish_pool_run(Int32(threads), Int32(pieces), inOrder, body, context)
  }
}
