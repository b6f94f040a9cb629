import CPlanishKernels

/// A number of about 106 bits: the unevaluated sum of two Doubles, the second at most half a last bit of the first.
/// Source: Dekker, "A floating-point technique for extending the available precision", 1971, with fused products.
struct DoubleDouble {
  let high: Double
  let low: Double

  @inline(__always) init(high: Double, low: Double) {
    self.high = high
    self.low = low
  }

  /// a + b where |a| is not less than |b|.
  @inline(__always) init(renormalizing a: Double, _ b: Double) {
    guard a.isFinite else {
      self.init(high: a, low: 0)
      return
    }
    let sum = a + b
    self.init(high: sum, low: b - (sum - a))
  }
}

/// a + b as the nearest Double and what rounding took from it: nothing where it is not finite.
@inline(__always) func exactSum(_ a: Double, _ b: Double) -> (Double, Double) {
  let sum = a + b
  let part = sum - a
  let error = (a - (sum - part)) + (b - part)
  return (sum, error.isNaN ? 0 : error)
}

extension DoubleDouble: WideNumber {
  typealias Narrow = Double
  @inline(__always) init(_ value: Double) { self.init(high: value, low: 0) }
  @inline(__always) init(eps: Double) { self.init(high: eps, low: 0) }
  @inline(__always) init(count: Int) { self.init(high: Double(count), low: 0) }
  /// Beyond the range the low part means nothing.
  @inline(__always) var narrowed: Double { high.isFinite ? high + low : high }
  @inline(__always) var isFinite: Bool { high.isFinite }
  @inline(__always) var isInRange: Bool { high.isInRange }

  @inline(never) func scaled(by k: Int) -> DoubleDouble {
    var factorsLeft = k
    var result = self
    while factorsLeft != 0 {
      // In steps that a Double holds.
      let step = Swift.max(-1000, Swift.min(1000, factorsLeft))
      let factor = Double(sign: .plus, exponent: step, significand: 1)
      result = DoubleDouble(high: result.high * factor, low: result.low * factor)
      factorsLeft &-= step
    }
    return result
  }

  @inline(never) func squareRoot() -> DoubleDouble {
    let root = planish_sqrt_one_f64(high)
    guard root > 0 && root.isFinite else { return DoubleDouble(root) }
    let rest = self - DoubleDouble(root) * DoubleDouble(root)
    return DoubleDouble(renormalizing: root, rest.high / (2 * root))
  }

  @inline(never) static func + (a: Self, b: Self) -> Self {
    let (sum, error) = exactSum(a.high, b.high)
    return DoubleDouble(renormalizing: sum, error + (a.low + b.low))
  }

  static func - (a: Self, b: Self) -> Self { a + DoubleDouble(high: -b.high, low: -b.low) }

  @inline(never) static func * (a: Self, b: Self) -> Self {
    let product = a.high * b.high
    let error = planish_fma_one_f64(a.high, b.high, -product)
    return DoubleDouble(renormalizing: product, error + (a.high * b.low + a.low * b.high))
  }

  @inline(never) static func / (a: Self, b: Self) -> Self {
    let quotient = a.high / b.high
    guard quotient.isFinite && b.high.isFinite else { return DoubleDouble(quotient) }
    let rest = a - b * DoubleDouble(quotient)
    return DoubleDouble(renormalizing: quotient, rest.high / b.high)
  }

  static func < (a: Self, b: Self) -> Bool { a.high < b.high || (a.high == b.high && a.low < b.low) }
}
