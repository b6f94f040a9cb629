// Statistics of 16 rows at a time, a row to a lane: what takes long to settle, division and square root above all, takes no
// longer for 16 rows than for one.

/// The sums of `Terms` over 16 rows, a row to a lane.
struct LaneTotals<Terms: Factors>: Mergeable {
  typealias Value = Terms.Value
  var first = Value.WideLanes()
  var second = Value.WideLanes()
  var third = Value.WideLanes()
  @inline(__always) init() {}

  @inline(__always) mutating func add(_ sums: Sums<Value>) {
    first.add(sums.first)
    second.add(sums.second)
    if Terms.hasThird { third.add(sums.third) }
  }

  @inline(__always) mutating func merge(_ other: Self) {
    first.merge(other.first)
    second.merge(other.second)
    if Terms.hasThird { third.merge(other.third) }
  }

  /// The sums of a chunk, added to those of the chunks before it.
  @inline(__always) mutating func add(chunk: Self) {
    first = first + chunk.first.settled
    second = second + chunk.second.settled
    if Terms.hasThird { third = third + chunk.third.settled }
  }
}

/// `Spread`, for 16 rows at a time.
struct LaneSpread<Value: Compute> {
  private typealias Wide = Value.WideLanes
  let pivot: SIMD16<Value>
  private let shift: Value.WideLanes
  private let square: Value.WideLanes
  private let shiftSquared: Value.WideLanes

  @inline(__always) init(_ totals: LaneTotals<Deviation<Value>>, _ length: RowLength<Value>, pivot: SIMD16<Value>) {
    self.pivot = pivot
    shift = totals.first / Wide(all: length.count)
    square = totals.second * Wide(all: length.inverse)
    shiftSquared = shift * shift
  }

  @inline(__always) var mean: Value.WideLanes { Wide(pivot) + shift }
  @inline(__always) var cancels: LaneMask { square < Wide(all: Value.Wide(count: 7)) * shiftSquared }

  /// And the rows that must be rescaled, whose moments mean nothing.
  @inline(__always) func moments(eps: Double) -> (LaneMoments<Value>, LaneMask) {
    let variance = square - shiftSquared + Wide(all: Value.Wide(eps: eps))
    let unsafe = (variance < Wide(all: Value.Wide(Value.safeVariance))).union(square.isNotFinite)
    return (LaneMoments(pivot: pivot, shift: shift, rstd: variance.reciprocalSquareRoot()), unsafe)
  }
}

/// `Moments`, for 16 rows at a time.
struct LaneMoments<Value: Compute> {
  let pivot: SIMD16<Value>
  let shift: Value.WideLanes
  let rstd: Value.WideLanes

  @inline(__always) var mean: Value.WideLanes { Value.WideLanes(pivot) + shift }
}
