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

/// Working memory for dweight and dbias: `arrays` pairs of sums over blocks, and then a pair of sums over a panel.
struct ParameterSumMemory {
  /// The features, rounded up to whole vectors.
  private let padded: Int
  private let dtype: Dtype
  private let base: UnsafeMutableRawPointer
  private let panel: UnsafeMutableRawPointer

  /// The first of the arrays starts at zero.
  init(arrays: Int, features: Int, dtype: Dtype) throws(Fault) {
    let perFeature = 2 * (arrays * dtype.blockSumSize + dtype.panelSumSize)
    // The features of a float row that fits into the address space are far from overflowing when rounded up.
    padded = planish_padded(features)
    let (bytes, overflow) = padded.multipliedReportingOverflow(by: perFeature)
    guard !overflow, let memory = planish_allocate(bytes) else {
      throw .outOfMemory("dweight and dbias", bytes: overflow ? Int.max : bytes)
    }
    self.dtype = dtype
    base = memory
    panel = memory + 2 * arrays * padded * dtype.blockSumSize
    if arrays > 0 { clear(0) }
  }

  private var blockBytes: Int { 2 * padded * dtype.blockSumSize }
  /// Of dweight and dbias each.
  var sumsPerBlock: Int { 2 * padded }

  func dweight(_ array: Int) -> UnsafeMutableRawPointer { base + array * blockBytes }
  func dbias(_ array: Int) -> UnsafeMutableRawPointer { dweight(array) + padded * dtype.blockSumSize }
  var panelOfDweight: UnsafeMutableRawPointer { panel }
  var panelOfDbias: UnsafeMutableRawPointer { panel + padded * dtype.panelSumSize }

  /// Panels are added to this array.
  func forKernels(into array: Int) -> planish_parameter_sums {
    planish_parameter_sums(dweight: panelOfDweight, dbias: panelOfDbias, block: dweight(array))
  }

  func clear(_ array: Int) { dweight(array).initializeMemory(as: UInt8.self, repeating: 0, count: blockBytes) }
  func release() { planish_release(base) }
}
