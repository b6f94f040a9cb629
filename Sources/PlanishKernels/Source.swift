import CPlanishKernels

/// A row of x as the arithmetic sees it: as it is stored, or rescaled by a power of two.
protocol Source {
  associatedtype Value: Compute
  func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value>
  /// The gradient with respect to the stored x, from that with respect to what `load` gives.
  func gradient(_ v: SIMD16<Value>) -> SIMD16<Value>
  /// `load` gives 2^-exponent · x.
  var exponent: Int { get }
}

struct PlainRow<E: Element>: Source {
  let x: UnsafeRawPointer
  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<E.Value> { E.load(x + i &* E.size, extent) }
  @inline(__always) func gradient(_ v: SIMD16<E.Value>) -> SIMD16<E.Value> { v }
  @inline(__always) var exponent: Int { 0 }
}

/// A row whose squares would overflow or underflow, brought to a largest magnitude in [1, 2). The power of two may be
/// beyond the type's range, so it is applied in two steps; only elements that are nothing beside the largest round.
struct RescaledRow<E: Element>: Source {
  let x: UnsafeRawPointer
  let exponent: Int
  let half: E.Value
  let otherHalf: E.Value

  @inline(__always) init(_ x: UnsafeRawPointer, exponent: Int) {
    self.x = x
    self.exponent = exponent
    let step = -exponent / 2
    half = E.Value(sign: .plus, exponent: E.Value.Exponent(step), significand: 1)
    otherHalf = E.Value(sign: .plus, exponent: E.Value.Exponent(-exponent - step), significand: 1)
  }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<E.Value> {
    gradient(E.load(x + i &* E.size, extent))
  }
  @inline(__always) func gradient(_ v: SIMD16<E.Value>) -> SIMD16<E.Value> { (v * half) * otherHalf }
}
