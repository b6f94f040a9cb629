/// Deviations of 16 rows from a pivot each, and their squares.
private struct ColumnDeviations<Value: Compute>: ColumnTerms {
  let x: Columns<Value>
  let pivot: SIMD16<Value>

  @inline(__always) func add(_ i: Int, to sums: inout Sums<Value>) {
    let d = x.load(i) - pivot
    sums.first += d
    sums.second = Value.fma(d, d, sums.second)
  }
}

/// The moments of 16 rows, or nil for all if one of them must be rescaled.
typealias ColumnMoments<Value: Compute> = InlineArray<16, Moments<Value>>

extension Columns {
  /// `Source.moments`, for 16 rows at a time.
  @inline(never) func moments(_ features: Int, eps: Double) -> ColumnMoments<Value>? {
    var pivot = firstMean(features)
    var spreads = spreads(features, pivot)
    var cancels = false
    for row in 0..<count where spreads[row].cancels {
      cancels = true
      pivot[row] = spreads[row].mean.narrowed
    }
    if cancels {
      // A second pass with a pivot as it was gives a row what it had.
      spreads = self.spreads(features, pivot)
    }
    var moments = ColumnMoments<Value>(
      repeating: Moments(mean: Value.Wide(count: 0), rstd: Value.Wide(count: 0)))
    for row in 0..<count {
      guard let plain = spreads[row].moments(eps: eps) else { return nil }
      moments[row] = plain
    }
    return moments
  }

  @inline(__always)
  private func spreads(_ features: Int, _ pivot: SIMD16<Value>) -> InlineArray<16, Spread<Value>> {
    let totals = ColumnDeviations(x: self, pivot: pivot).total(over: features)
    var spreads = InlineArray<16, Spread<Value>>(repeating: Spread(Totals(), 1, pivot: 0))
    for row in 0..<count { spreads[row] = Spread(totals[row], features, pivot: pivot[row]) }
    return spreads
  }

  /// The mean of the first 16 elements of each row, by halving.
  @inline(__always) private func firstMean(_ features: Int) -> SIMD16<Value> {
    var sums = InlineArray<16, SIMD16<Value>>(repeating: Value.splat(0))
    for i in 0..<Swift.min(features, 16) { sums[i] = load(i) }
    var half = 8
    while half > 0 {
      for i in 0..<half { sums[i] = sums[i] + sums[i &+ half] }
      half /= 2
    }
    let divisor = Value(Swift.min(features, 16))
    var means = sums[0]
    for row in 0..<count { means[row] = means[row] / divisor }
    return means
  }
}

/// `Normalizer`, for 16 rows at a time.
struct ColumnNormalizer<Value: Compute> {
  private(set) var mean = Value.splat(0)
  private(set) var rstd = Value.splat(0)
  private(set) var shift = Value.splat(0)
  @inline(__always) init() {}

  @inline(__always) subscript(row: Int) -> Normalizer<Value> {
    Normalizer(mean: mean[row], rstd: rstd[row], shift: shift[row])
  }

  @inline(__always) mutating func set(_ row: Int, _ normalizer: Normalizer<Value>) {
    mean[row] = normalizer.mean
    rstd[row] = normalizer.rstd
    shift[row] = normalizer.shift
  }

  @inline(__always) func callAsFunction(_ x: SIMD16<Value>) -> SIMD16<Value> { Value.fma(x - mean, rstd, shift) }
}
