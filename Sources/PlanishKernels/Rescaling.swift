/// The few rows whose sums overflow, or whose squares underflow without an eps to cover it, or that are not finite.
extension PlainRow {
  /// The row brought to a largest magnitude in [1, 2), and its moments at that scale. In a row that is not finite
  /// rstd is NaN, and mean what IEEE arithmetic makes of the sum.
  @inline(never) func rescaled(_ features: Int, eps: Double) -> (row: RescaledRow<E>, moments: Moments<E.Value>) {
    // Finite if and only if every element is: the factor keeps finite elements from overflowing.
    let sum = ShrunkElements(row: self).total(over: features).first
    guard sum.isFinite else {
      let nan = E.Value.Wide(E.Value.nan)
      return (RescaledRow(x, exponent: 0), Moments(mean: sum, rstd: nan))
    }
    let largest = largestMagnitude(features)
    let row = RescaledRow<E>(x, exponent: largest == 0 ? 0 : Int(largest.exponent))
    return (row, row.moments(features, eps: eps, anyScale: true).unsafelyUnwrapped)
  }

  @inline(__always) private func largestMagnitude(_ features: Int) -> E.Value {
    var largest = E.Value.splat(0)
    var i = 0
    while i &+ 16 <= features {
      largest = E.Value.larger(largest, E.Value.magnitude(load(i, Full())))
      i &+= 16
    }
    if i < features {
      largest = E.Value.larger(largest, E.Value.magnitude(load(i, First(count: features &- i))))
    }
    var result = largest[0]
    for lane in 1..<16 where largest[lane] > result { result = largest[lane] }
    return result
  }
}

private struct ShrunkElements<S: Source>: Terms {
  let row: S
  @inline(__always) func add(_ i: Int, _ extent: some Extent, to sums: inout Sums<S.Value>) {
    sums.first += row.load(i, extent) * S.Value(sign: .plus, exponent: -64, significand: 1)
  }
}
