import CPlanishKernels

/// The gradients of short rows of `E` whose statistics were given, 16 rows after the other: while those of one group are
/// written, the sums of the next one come in, and settle together.
struct BackwardPipeline<E: Element> {
  private let task: UnsafePointer<planish_backward_task>
  private let length: RowLength<E.Value>
  private let groups: RowGroups

  /// The first row of the group that is written, how many rows it has, and those that need rescaling.
  private(set) var row: Int
  private(set) var written = 0
  private(set) var hard = LaneMask(bits: 0)
  private var hardNext = LaneMask(bits: 0)
  private var summed = 0
  private var normalizer = LaneNormalizer<E.Value>()

  private var means = InlineArray<16, E.Value>(repeating: 0)
  private var rstds = InlineArray<16, E.Value>(repeating: 0)
  private var sums = InlineArray<16, E.Value.WideLanes>(repeating: E.Value.WideLanes())
  private var sumsOfG = InlineArray<16, E.Value.WideLanes>(repeating: E.Value.WideLanes())
  private var sumsOfProducts = InlineArray<16, E.Value.WideLanes>(repeating: E.Value.WideLanes())
  private var projections = InlineArray<96, E.Value>(repeating: 0)

  @inline(__always)
  init(_ task: UnsafePointer<planish_backward_task>, _ length: RowLength<E.Value>, first: Int, end: Int) {
    self.task = task
    self.length = length
    groups = RowGroups(first: first, end: end, size: 16)
    row = first &- 32
  }

  /// On to the next group; false if there is none.
  @_optimize(size) @inline(never) mutating func next() -> Bool {
    row &+= 16
    if row >= groups.end { return false }
    written = groups.count(row)
    hard = hardNext
    if written > 0 { settle() }
    let next = row &+ 16
    summed = groups.count(next)
    (normalizer, hardNext) = task.pointee.given(E.Value.self, next, First(count: summed))
    means.withAddress { E.Value.store(normalizer.mean, $0) }
    rstds.withAddress { E.Value.store(normalizer.rstd, $0) }
    return true
  }

  @inline(__always) private mutating func settle() {
    var totals = LaneTotals<GradientProduct<E.Value>>()
    totals.first = sums.withAddress { E.Value.WideLanes.totals($0) }
    totals.second = sumsOfG.withAddress { E.Value.WideLanes.totals($0) }
    totals.third = sumsOfProducts.withAddress { E.Value.WideLanes.totals($0) }
    let projection = LaneProjection(totals, length, normalizer)
    let size = 16 &* E.Value.size
    projections.withAddress {
      E.Value.store(projection.normalizer.mean, $0)
      E.Value.store(projection.normalizer.rstd, $0 + size)
      E.Value.store(projection.normalizer.shift, $0 + 2 &* size)
      E.Value.store(projection.average, $0 + 3 &* size)
      E.Value.store(projection.remainder, $0 + 4 &* size)
      E.Value.store(projection.slope, $0 + 5 &* size)
    }
  }

  /// Begins rows i ..< end of the next group.
  @inline(never) mutating func begin<W: Parameter>(_ i: Int, _ end: Int, _ weight: W) where W.Value == E.Value {
    let (x, dy, next) = (task.pointee.x, task.pointee.dy, row &+ 16)
    var i = i
    while i < Swift.min(end, summed) {
      let terms = GradientProducts(
        dy: dy.plain(next &+ i, E.self), x: x.plain(next &+ i, E.self), weight: weight,
        rounded: Normalizer(mean: means[i], rstd: rstds[i], shift: 0))
      let products = length.features == 64 ? terms.lanesOf64 : terms.lanes(over: length.features)
      sums[i] = products.first
      sumsOfG[i] = products.second
      sumsOfProducts[i] = products.third
      i &+= 1
    }
  }

  @inline(__always) func projection(_ i: Int) -> Projection<E.Value> {
    Projection(
      normalizer: Normalizer(mean: projections[i], rstd: projections[16 &+ i], shift: projections[32 &+ i]),
      average: projections[48 &+ i], remainder: projections[64 &+ i], slope: projections[80 &+ i])
  }
}
