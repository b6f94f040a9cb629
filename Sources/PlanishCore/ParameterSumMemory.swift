import CPlanishKernels
import CPlanishSystem

/// How rows are grouped for dweight and dbias: by their number alone, so that the order of the sums, and with it their
/// bits, depends on nothing else. A block is a whole number of panels; there are at most 64 blocks.
struct RowBlocks {
  let rowsPerBlock: Int
  let count: Int

  init(rows: Int) {
    let panelRows = Int(PLANISH_PANEL_ROWS)
    let most = 64
    rowsPerBlock = panelRows * Swift.max(1, (rows - 1) / (panelRows * most) + 1)
    count = (rows + rowsPerBlock - 1) / rowsPerBlock
  }

  /// What is added to a block first, and then the block to a total of zeros, may as well be added to the total.
  var areSinglePanels: Bool { rowsPerBlock == Int(PLANISH_PANEL_ROWS) }
}

/// Working memory for dweight and dbias, in one allocation: the sums over all rows; and in each of several slots, for as
/// many threads, the sums over a block and over a panel. Each is a pair of arrays, padded to whole vectors.
struct ParameterSumMemory {
  /// Bytes between what different threads write: two cache lines, so that they share none.
  private static var apart: Int { 128 }
  private let padded: Int
  private let dtype: Dtype
  private let base: UnsafeMutableRawPointer
  private let slotStart: Int
  private let blockBytes: Int
  private let slotBytes: Int

  /// The total starts at zero.
  init(slots: Int, blocks: Bool, total: Bool = true, features: Int, dtype: Dtype) throws(Fault) {
    self.dtype = dtype
    // The features of a float row that fits into the address space are far from overflowing when rounded up.
    padded = planish_padded(features)
    let wide = 2 * dtype.blockSumSize
    let perSlot = (blocks ? wide : 0) + 2 * dtype.panelSumSize
    let perFeature = (total ? wide : 0) + slots * perSlot
    let lines = ParameterSumMemory.apart * (slots + 1)
    let (sums, overflow) = padded.multipliedReportingOverflow(by: perFeature)
    let (bytes, overflowOfAll) = sums.addingReportingOverflow(lines)
    guard !overflow, !overflowOfAll, let memory = planish_allocate(bytes) else {
      throw .outOfMemory("dweight and dbias", bytes: overflow || overflowOfAll ? Int.max : bytes)
    }
    base = memory
    slotStart = (total ? wide : 0) * padded + ParameterSumMemory.apart
    blockBytes = (blocks ? wide : 0) * padded
    slotBytes = perSlot * padded + ParameterSumMemory.apart
    base.initializeMemory(as: UInt8.self, repeating: 0, count: slotStart)
  }

  var total: UnsafeMutableRawPointer { base }
  var totalOfDbias: UnsafeMutableRawPointer { base + padded * dtype.blockSumSize }
  private func block(_ slot: Int) -> UnsafeMutableRawPointer { base + slotStart + slot * slotBytes }
  func panel(_ slot: Int) -> UnsafeMutableRawPointer { block(slot) + blockBytes }
  func panelOfDbias(_ slot: Int) -> UnsafeMutableRawPointer { panel(slot) + padded * dtype.panelSumSize }

  /// Panels are added to the slot's block, or to the total.
  func intoBlock(_ slot: Int) -> planish_parameter_sums { sums(slot, into: block(slot)) }
  var intoTotal: planish_parameter_sums { sums(0, into: total) }

  private func sums(_ slot: Int, into block: UnsafeMutableRawPointer) -> planish_parameter_sums {
    planish_parameter_sums(dweight: panel(slot), dbias: panelOfDbias(slot), block: block)
  }

  func clear(_ slot: Int) { block(slot).initializeMemory(as: UInt8.self, repeating: 0, count: blockBytes) }
  func addBlock(_ slot: Int, _ kernels: planish_kernels) {
    kernels.add_sums(dtype.number, total, block(slot), 2 * padded)
  }
  func release() { planish_release(base) }
}
