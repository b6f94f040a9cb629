/// The few rows whose sums overflow, or whose squares underflow without an eps to cover it, or that are not finite.
struct RescaledRow<Value: Compute> {
  /// The row, brought to a largest magnitude in [1, 2).
  let row: AnyRow<Value>
  /// The moments at that scale. If an element is not finite, rstd is NaN, and mean what IEEE arithmetic makes of the sum.
  let moments: Moments<Value>
  /// `row` is 2^-exponent times the row as it is.
  let exponent: Int

  @inline(never) init(_ row: AnyRow<Value>, _ features: Int, eps: Double) {
    // Finite if and only if every element is: the factor keeps finite elements from overflowing.
    let sum = ShrunkElements(row: row).total(over: features).first
    guard sum.isFinite else {
      self.row = row
      exponent = 0
      moments = Moments(mean: Value.Wide(sum.narrowed), rstd: Value.Wide(Value.nan))
      return
    }
    let largest = row.largestMagnitude(features)
    let exponent = largest == 0 ? 0 : Int(largest.exponent)
    var scaled = row
    scaled.power = PowerOfTwo(exponent: -exponent)
    if let moments = scaled.moments(features, eps: eps, exponent: exponent) {
      self.row = scaled
      self.exponent = exponent
      self.moments = moments
    } else {
      // All elements are the same number. Nothing overflows as they are, and rstd is that of eps.
      self.row = row
      self.exponent = 0
      moments = Moments(mean: Value.Wide(row.load(0, First(count: 1))[0]), rstd: Moments<Value>.rstd(ofEps: eps))
    }
  }
}

private struct ShrunkElements<S: Source>: Terms {
  let row: S
  @inline(__always) func add(_ i: Int, _ extent: some Extent, to sums: inout Sums<S.Value>) {
    sums.first += row.load(i, extent) * S.Value(sign: .plus, exponent: -64, significand: 1)
  }
}

extension AnyRow {
  @inline(__always) fileprivate func largestMagnitude(_ features: Int) -> Value {
    var largest = Value.splat(0)
    var i = 0
    while i < features {
      largest = Value.larger(largest, Value.magnitude(load(i, First(count: Swift.min(16, features &- i)))))
      i &+= 16
    }
    var result = largest[0]
    for lane in 1..<16 where largest[lane] > result { result = largest[lane] }
    return result
  }
}
