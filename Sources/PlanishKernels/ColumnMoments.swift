/// Deviations of 16 rows from a pivot each.
private struct ColumnDeviations<E: Element>: ColumnTerms {
  let x: Columns<E>
  let pivot: SIMD16<E.Value>

  @inline(__always) func load(_ i: Int) -> Deviation<E.Value> { Deviation(x.loadAhead(i) - pivot) }
}

/// `Moments`, for 16 rows at a time.
struct ColumnMoments<Value: Compute> {
  let pivot: SIMD16<Value>
  let shift: Value.WideLanes
  let rstd: Value.WideLanes

  @inline(__always) var mean: Value.WideLanes { Value.WideLanes(pivot) + shift }
}

/// `Spread`, for 16 rows at a time.
private struct ColumnSpread<E: Element> {
  let pivot: SIMD16<E.Value>
  let shift: E.Value.WideLanes
  let square: E.Value.WideLanes
  private let shiftSquared: E.Value.WideLanes

  @inline(never) init(_ x: Columns<E>, _ length: RowLength<E.Value>, pivot: SIMD16<E.Value>) {
    let totals = ColumnDeviations(x: x, pivot: pivot).total(over: length.features)
    self.pivot = pivot
    shift = totals.first / E.Value.WideLanes(all: length.count)
    square = totals.second * E.Value.WideLanes(all: length.inverse)
    shiftSquared = shift * shift
  }

  @inline(__always) var mean: E.Value.WideLanes { E.Value.WideLanes(pivot) + shift }
  @inline(__always) var cancels: LaneMask {
    square < E.Value.WideLanes(all: E.Value.Wide(count: 7)) * shiftSquared
  }

  /// nil if one of the first `count` rows must be rescaled.
  @inline(__always) func moments(eps: Double, _ count: Int) -> ColumnMoments<E.Value>? {
    let variance = square - shiftSquared + E.Value.WideLanes(all: E.Value.Wide(eps: eps))
    let safe = E.Value.WideLanes(all: E.Value.Wide(E.Value.safeVariance))
    if !((variance < safe).union(square.isNotFinite).first(count).isEmpty) { return nil }
    return ColumnMoments(pivot: pivot, shift: shift, rstd: variance.reciprocalSquareRoot())
  }
}

extension Columns {
  /// `Source.moments`, for 16 rows at a time; nil if one of them must be rescaled.
  @inline(never) func moments(_ length: RowLength<E.Value>, eps: Double) -> ColumnMoments<E.Value>? {
    let spread = ColumnSpread(self, length, pivot: firstPivot(length.features))
    let cancels = spread.cancels
    if cancels.isEmpty { return spread.moments(eps: eps, side.count) }
    // A second pass with a pivot as it was gives a row what it had.
    let pivot = cancels.select(spread.mean.narrowed, else: spread.pivot)
    return ColumnSpread(self, length, pivot: pivot).moments(eps: eps, side.count)
  }

  /// The mean of 64 elements of each row, or of all if there are no more.
  @inline(__always) private func firstPivot(_ features: Int) -> SIMD16<E.Value> {
    let step = features >= 64 ? features / 64 &* 16 : 16
    var sums = InlineArray<16, SIMD16<E.Value>>(repeating: E.Value.splat(0))
    for i in 0..<16 {
      sums[i] =
        (upTo(features, i) + upTo(features, i &+ 2 &* step))
        + (upTo(features, i &+ step) + upTo(features, i &+ 3 &* step))
    }
    var half = 8
    while half > 0 {
      for i in 0..<half { sums[i] = sums[i] + sums[i &+ half] }
      half /= 2
    }
    return E.Value.shortened(features >= 64 ? sums[0] * (1 / 64) : sums[0] / E.Value(features))
  }

  @inline(__always) private func upTo(_ features: Int, _ i: Int) -> SIMD16<E.Value> {
    i < features ? loadAhead(i) : E.Value.splat(0)
  }
}

/// `Normalizer`, for 16 rows at a time.
struct ColumnNormalizer<Value: Compute> {
  private(set) var mean: SIMD16<Value>
  private(set) var rstd: SIMD16<Value>
  private(set) var shift: SIMD16<Value>

  @inline(__always) init(_ moments: ColumnMoments<Value>) {
    mean = moments.pivot
    rstd = moments.rstd.narrowed
    shift = (Value.WideLanes() - moments.shift * moments.rstd).narrowed
  }

  @inline(__always) init(rounded moments: ColumnMoments<Value>) {
    self.init(mean: moments.mean.narrowed, rstd: moments.rstd.narrowed)
  }

  @inline(__always) init(mean: SIMD16<Value>, rstd: SIMD16<Value>) {
    self.mean = mean
    self.rstd = rstd
    shift = Value.splat(0)
  }

  @inline(__always) func centered(averageNormalized average: Value.WideLanes) -> Self {
    typealias Wide = Value.WideLanes
    let rounding = Wide(Value.magnitude(mean)) * Wide(rstd) * Wide(all: Value.Wide(Value.meanTolerance))
    let plausible = (average < rounding).intersection(Wide() - average < rounding)
    var centered = self
    centered.shift = plausible.select(-average.narrowed, else: Value.splat(0))
    return centered
  }

  @inline(__always) func callAsFunction(_ x: SIMD16<Value>) -> SIMD16<Value> { Value.fma(x - mean, rstd, shift) }
}
