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

/// How the sums of blocks come to the total: in the order of the blocks, whoever makes them.
struct BlockOrder {
  let threads: Int
  /// The sums of all blocks are kept until all are there.
  let areKept: Bool
  /// Neighbours, in one piece of work.
  let blocksPerPiece: Int
  let blocksInMemory: Int
  let panelsInMemory: Int
  /// One thread adds its panels to the total.
  var isDirect: Bool { blocksInMemory == 0 }

  init(_ shape: Shape, _ blocks: RowBlocks, threads: Int) {
    let bytes = 2 * shape.dtype.blockSumSize * planish_padded(shape.features)
    // Columns of an image that has few of them share cache lines: threads had better not meet there.
    let shareLines = shape.inner > 1 && shape.inner < 512
    // More than 4 MiB would take longer to write and read than threads wait for each other.
    areKept = threads > 1 && bytes <= (4 << 20) / blocks.count
    self.threads = shareLines && !areKept ? 1 : threads
    if areKept {
      let pieces = shareLines ? threads : Swift.min(blocks.count, 4 * threads)
      blocksPerPiece = (blocks.count - 1) / pieces + 1
      blocksInMemory = blocks.count
      panelsInMemory = (blocks.count - 1) / blocksPerPiece + 1
    } else {
      blocksPerPiece = 1
      blocksInMemory = self.threads == 1 && blocks.areSinglePanels ? 0 : self.threads
      panelsInMemory = self.threads
    }
  }
}

/// Working memory for dweight and dbias, in one allocation: the sums over all rows, over blocks, and over panels. Each is a
/// pair of arrays, padded to whole vectors.
struct ParameterSumMemory {
  /// Bytes between what different threads write: two cache lines, so that they share none.
  private static var apart: Int { 128 }
  private let padded: Int
  private let dtype: Dtype
  private let base: UnsafeMutableRawPointer
  private let blocks: UnsafeMutableRawPointer
  private let panels: UnsafeMutableRawPointer
  private let sumBytes: Int
  private let panelBytes: Int

  /// The total starts at zero.
  init(total: Bool = true, blocks: Int, panels: Int, features: Int, dtype: Dtype) throws(Fault) {
    self.dtype = dtype
    // The features of a float row that fits into the address space are far from overflowing when rounded up.
    padded = planish_padded(features)
    let sums = (total ? 1 : 0) + blocks
    let perFeature = 2 * (sums * dtype.blockSumSize + panels * dtype.panelSumSize)
    let lines = Self.apart * (sums + panels)
    let (all, overflow) = padded.multipliedReportingOverflow(by: perFeature)
    let (bytes, overflowOfAll) = all.addingReportingOverflow(lines)
    guard !overflow, !overflowOfAll, let memory = planish_allocate(bytes) else {
      throw .outOfMemory("dweight and dbias", bytes: overflow || overflowOfAll ? Int.max : bytes)
    }
    base = memory
    sumBytes = 2 * padded * dtype.blockSumSize
    panelBytes = 2 * padded * dtype.panelSumSize
    self.blocks = memory + (total ? sumBytes + Self.apart : 0)
    self.panels = self.blocks + blocks * (sumBytes + Self.apart)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: total ? sumBytes : 0)
  }

  var total: UnsafeMutableRawPointer { base }
  var totalOfDbias: UnsafeMutableRawPointer { base + padded * dtype.blockSumSize }
  private func block(_ block: Int) -> UnsafeMutableRawPointer { blocks + block * (sumBytes + Self.apart) }
  func panel(_ panel: Int) -> UnsafeMutableRawPointer { panels + panel * (panelBytes + Self.apart) }
  func panelOfDbias(_ panel: Int) -> UnsafeMutableRawPointer { self.panel(panel) + padded * dtype.panelSumSize }

  /// Panels are added to a block, or to the total.
  func intoBlock(_ block: Int, panel: Int) -> planish_parameter_sums { sums(panel, into: self.block(block)) }
  var intoTotal: planish_parameter_sums { sums(0, into: total) }

  private func sums(_ panel: Int, into block: UnsafeMutableRawPointer) -> planish_parameter_sums {
    planish_parameter_sums(dweight: self.panel(panel), dbias: panelOfDbias(panel), block: block)
  }

  func clear(_ block: Int) { self.block(block).initializeMemory(as: UInt8.self, repeating: 0, count: sumBytes) }
  func addBlock(_ block: Int, _ kernels: planish_kernels) {
    kernels.add_sums(dtype.number, total, self.block(block), 2 * padded)
  }
  func release() { planish_release(base) }
}
