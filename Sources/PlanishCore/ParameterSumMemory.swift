import CPlanishKernels
import CPlanishSystem

/// How rows are grouped for dweight and dbias: by their number alone, so that the order of the sums, and with it their
/// bits, depends on nothing else. A block is a whole number of panels; there are at most 64 blocks.
struct RowBlocks {
  let rowsPerBlock: Int

  init(rows: Int) {
    let panelRows = Int(PLANISH_PANEL_ROWS)
    let most = 64
    rowsPerBlock = panelRows * Swift.max(1, (rows - 1) / (panelRows * most) + 1)
  }
}

/// Working memory for dweight and dbias: the sums of a panel, of a block, and of all blocks, in one allocation.
struct ParameterSumMemory {
  /// The features, rounded up to whole vectors.
  let padded: Int
  let total: UnsafeMutableRawPointer
  let block: UnsafeMutableRawPointer
  private let panel: UnsafeMutableRawPointer
  private let blockBytes: Int
  private let dtype: Dtype

  /// The total starts at zero.
  init(features: Int, dtype: Dtype) throws(Fault) {
    let perFeature = 2 * (2 * dtype.blockSumSize + dtype.panelSumSize)
    // The features of a float row that fits into the address space are far from overflowing when rounded up.
    padded = planish_padded(features)
    let (bytes, overflow) = padded.multipliedReportingOverflow(by: perFeature)
    guard !overflow, let memory = planish_allocate_zeroed(bytes) else {
      throw .outOfMemory("dweight and dbias", bytes: overflow ? Int.max : bytes)
    }
    blockBytes = 2 * padded * dtype.blockSumSize
    total = memory
    block = memory + blockBytes
    panel = memory + 2 * blockBytes
    self.dtype = dtype
  }

  var totalOfDbias: UnsafeMutableRawPointer { total + padded * dtype.blockSumSize }
  var forKernels: planish_parameter_sums { planish_parameter_sums(panel: panel, block: block) }

  func clearBlock() { block.initializeMemory(as: UInt8.self, repeating: 0, count: blockBytes) }
  func release() { planish_release(total) }
}
