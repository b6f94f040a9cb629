/// The few rows whose sums overflow, or whose squares underflow without an eps to cover it, or that are not finite.
struct RescaledRow<Value: Compute> {
  /// The row, brought to a largest magnitude in [1, 2).
  let row: AnyRow<Value>
  /// The moments at that scale. If an element is not finite, rstd is NaN, and mean what IEEE arithmetic makes of the sum.
  let moments: Moments<Value>
  /// `row` is 2^-exponent times the row as it is.
  let exponent: Int

  @_optimize(size) @inline(never) init(_ row: AnyRow<Value>, _ length: RowLength<Value>, eps: Double) {
    // Finite if and only if every element is: the factor keeps finite elements from overflowing.
    let sum = ShrunkElements(row: row).total(over: length.features).first
    guard sum.isFinite else {
      self.init(row, pivot: sum.narrowed, rstd: Value.Wide(Value.nan))
      return
    }
    let largest = row.largestMagnitude(length.features)
    let exponent = largest == 0 ? 0 : Int(largest.exponent)
    var scaled = row
    scaled.power = PowerOfTwo(exponent: -exponent)
    guard let moments = scaled.moments(length, eps: eps, exponent: exponent) else {
      // All elements are the same number. Nothing overflows as they are, and rstd is that of eps.
      self.init(row, pivot: row.load(0, First(count: 1))[0], rstd: Moments<Value>.rstd(ofEps: eps))
      return
    }
    self.init(scaled, moments, exponent: exponent)
  }

  /// The row as it is, with the pivot as mean.
  private init(_ row: AnyRow<Value>, pivot: Value, rstd: Value.Wide) {
    self.init(row, Moments(pivot: pivot, shift: Value.Wide(count: 0), rstd: rstd, isRescaled: true), exponent: 0)
  }

  private init(_ row: AnyRow<Value>, _ moments: Moments<Value>, exponent: Int) {
    self.row = row
    self.moments = moments
    self.exponent = exponent
  }
}

private struct Shrunk<Value: Compute>: Factors {
  let x: SIMD16<Value>
  @inline(__always) static var zero: Self { Self(x: Value.splat(0)) }
  @inline(__always) static var hasThird: Bool { false }

  @inline(__always) var sums: Sums<Value> {
    var sums = Sums<Value>()
    sums.first = x
    return sums
  }
  @inline(__always) func sums(with other: Self) -> Sums<Value> { Shrunk(x: x + other.x).sums }
}

private struct ShrunkElements<S: Source>: Terms {
  let row: S
  @inline(__always) static var isCompact: Bool { S.isCompact }
  @inline(__always) static var comesInPairs: Bool { false }
  @inline(__always) func loadPair(_ i: Int) -> (Shrunk<S.Value>, Shrunk<S.Value>) { (Shrunk.zero, Shrunk.zero) }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> Shrunk<S.Value> {
    Shrunk(x: row.load(i, extent) * S.Value(sign: .plus, exponent: -64, significand: 1))
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
