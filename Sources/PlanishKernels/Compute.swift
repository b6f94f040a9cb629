import CPlanishKernels

/// What a row is computed in. 16 lanes at a time; sums of sums go on in `Wide`.
protocol Compute: FloatingPoint, SIMDScalar {
  associatedtype Wide: WideNumber where Wide.Narrow == Self
  associatedtype WideLanes: Lanes where WideLanes.Value == Self, WideLanes.Total == Wide

  /// a · b + c, rounded once.
  static func fma(_ a: SIMD16<Self>, _ b: SIMD16<Self>, _ c: SIMD16<Self>) -> SIMD16<Self>
  static func magnitude(_ v: SIMD16<Self>) -> SIMD16<Self>
  static func larger(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
  /// The first `count` lanes, zeros behind them.
  static func first(_ count: Int, of v: SIMD16<Self>) -> SIMD16<Self>

  static var size: Int { get }
  static func load(_ p: UnsafeRawPointer) -> SIMD16<Self>
  static func store(_ v: SIMD16<Self>, _ p: UnsafeMutableRawPointer)

  /// The powers of two between which rstd can be used as it is: outside, a row is rescaled.
  static var safeRstd: ClosedRange<Self> { get }
  /// The variance + eps below which squares may have lost bits to underflow.
  static var safeVariance: Self { get }
}

/// A scalar with more precision and range than the values that it sums.
protocol WideNumber {
  associatedtype Narrow
  init(_ value: Narrow)
  init(_ value: Double)
  init(count: Int)
  /// The nearest narrow value.
  var narrowed: Narrow { get }
  var isFinite: Bool { get }
  /// 2^k · self.
  func scaled(by k: Int) -> Self
  func squareRoot() -> Self
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static func < (a: Self, b: Self) -> Bool
}

/// Running sums of 16 lanes, in the wide type.
protocol Lanes {
  associatedtype Value: SIMDScalar
  associatedtype Total
  init()
  mutating func add(_ v: SIMD16<Value>)
  mutating func add(_ v: Self)
  /// Sums kept in memory take `size` bytes a lane.
  static var size: Int { get }
  init(_ p: UnsafeRawPointer)
  func store(_ p: UnsafeMutableRawPointer)
  var narrowed: SIMD16<Value> { get }
  /// All lanes, by halving.
  var total: Total { get }
}

extension SIMD16 where Scalar: Compute {
  /// All lanes, by halving: 16 to 8 to 4 to 2 to 1.
  @inline(__always) var halved: Scalar {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}
