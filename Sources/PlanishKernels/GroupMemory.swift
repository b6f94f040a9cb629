import CPlanishKernels

/// Where vectors of single rows become lanes of a group, and lanes numbers of single rows.
struct GroupMemory<Value: Compute> {
  private var pivotSums = InlineArray<16, SIMD16<Value>>(repeating: Value.splat(0))
  private var pivots = InlineArray<16, Value>(repeating: 0)
  private var first = InlineArray<16, Value.WideLanes>(repeating: Value.WideLanes())
  private var second = InlineArray<16, Value.WideLanes>(repeating: Value.WideLanes())
  private var means = InlineArray<16, Value>(repeating: 0)
  private var rstds = InlineArray<16, Value>(repeating: 0)
  private var shifts = InlineArray<16, Value>(repeating: 0)
  @inline(__always) init() {}

  /// Adds up elements for the pivot of row i of its group.
  @inline(__always) mutating func addPivot<S: Source>(_ i: Int, _ row: S, _ features: Int) where S.Value == Value {
    pivotSums[i] = row.pivotSum(features)
  }

  /// What the sums of all rows go around from now on.
  @inline(never) mutating func takePivots(_ features: Int) {
    let lanes = Value.pivots(ofTotals: pivotSums.withAddress { Value.totals($0) }, features)
    pivots.withAddress { Value.store(lanes, $0) }
  }

  @inline(__always) func pivot(_ i: Int) -> Value { pivots[i] }

  /// Of the deviations of row i of its group.
  @inline(__always) mutating func set(_ i: Int, _ sums: WideSums<Value>) {
    first[i] = sums.first
    second[i] = sums.second
  }

  /// The statistics of all rows, and which of them are no good: they need another pass, or to be rescaled.
  @inline(never)
  mutating func settle(_ length: RowLength<Value>, eps: Double) -> (LaneMoments<Value>, LaneMask) {
    var totals = LaneTotals<Deviation<Value>>()
    totals.first = first.withAddress { Value.WideLanes.totals($0) }
    totals.second = second.withAddress { Value.WideLanes.totals($0) }
    let spread = LaneSpread(totals, length, pivot: pivots.withAddress { Value.load($0) })
    let (moments, unsafe) = spread.moments(eps: eps)
    return (moments, unsafe.union(spread.cancels))
  }

  @inline(__always) mutating func set(_ lanes: LaneNormalizer<Value>) {
    means.withAddress { Value.store(lanes.mean, $0) }
    rstds.withAddress { Value.store(lanes.rstd, $0) }
    shifts.withAddress { Value.store(lanes.shift, $0) }
  }

  @inline(__always) func normalizer(_ i: Int) -> Normalizer<Value> {
    Normalizer(mean: means[i], rstd: rstds[i], shift: shifts[i])
  }
}

/// Rows first ..< end, in groups of `size`.
struct RowGroups {
  let first: Int
  let end: Int
  let size: Int

  /// How many rows the group that begins at `row` has.
  @inline(__always) func count(_ row: Int) -> Int {
    row < first ? 0 : Swift.max(0, Swift.min(size, end &- row))
  }
}

extension InlineArray {
  @inline(__always) mutating func withAddress<Result>(_ body: (UnsafeMutableRawPointer) -> Result) -> Result {
    var span = mutableSpan
    return span.withUnsafeMutableBufferPointer { body(UnsafeMutableRawPointer($0.baseAddress.unsafelyUnwrapped)) }
  }
}
