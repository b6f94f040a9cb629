/// Deviations of 16 rows from a pivot each.
private struct ColumnDeviations<E: Element>: ColumnTerms {
  let x: Columns<E>
  let pivot: SIMD16<E.Value>

  @inline(__always) func load(_ i: Int) -> Deviation<E.Value> { Deviation(x.load(i) - pivot) }
  @inline(__always) func lane(_ i: Int, _ count: Int) -> Self { Self(x: x.lane(i), pivot: pivot) }
}

extension Columns {
  /// `Source.moments`, for 16 rows at a time; nil if one of them must be rescaled.
  @inline(never) func moments(_ length: RowLength<E.Value>, eps: Double) -> LaneMoments<E.Value>? {
    var spread = spread(length, around: firstPivot(length.features))
    let cancels = spread.cancels
    if !cancels.isEmpty {
      // A second pass with a pivot as it was gives a row what it had.
      spread = self.spread(length, around: cancels.select(spread.mean.narrowed, else: spread.pivot))
    }
    let (moments, unsafe) = spread.moments(eps: eps)
    return unsafe.first(side.count).isEmpty ? moments : nil
  }

  @inline(never)
  private func spread(_ length: RowLength<E.Value>, around pivot: SIMD16<E.Value>) -> LaneSpread<E.Value> {
    LaneSpread(ColumnDeviations(x: self, pivot: pivot).total(over: length.features), length, pivot: pivot)
  }

  /// The mean of 64 elements of each row, or of all if there are no more.
  @inline(__always) private func firstPivot(_ features: Int) -> SIMD16<E.Value> {
    let step = features >= 64 ? features / 64 &* 16 : 16
    var halving = Halving<LaneSum<E.Value>>()
    while let lane = halving.lane {
      halving.add(
        LaneSum(
          (upTo(features, lane) + upTo(features, lane &+ 2 &* step))
            + (upTo(features, lane &+ step) + upTo(features, lane &+ 3 &* step))))
    }
    return E.Value.pivots(ofTotals: halving.total.sum, features)
  }

  @inline(__always) private func upTo(_ features: Int, _ i: Int) -> SIMD16<E.Value> {
    i < features ? load(i) : E.Value.splat(0)
  }
}

private struct LaneSum<Value: Compute>: Mergeable {
  private(set) var sum = Value.splat(0)
  @inline(__always) init() {}
  @inline(__always) init(_ sum: SIMD16<Value>) { self.sum = sum }
  @inline(__always) mutating func merge(_ other: Self) { sum += other.sum }
}
