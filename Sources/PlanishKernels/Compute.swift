import CPlanishKernels

// The standard library wants lanes to be Codable, except in Embedded Swift, which has no Codable.
#if hasFeature(Embedded)
  typealias Lane = FloatingPoint & SIMDScalar
#else
  typealias Lane = FloatingPoint & SIMDScalar & Codable
#endif

/// What a row is computed in. 16 lanes at a time; sums of sums go on in `Wide`.
protocol Compute: Lane {
  /// The element that is stored as it is computed.
  associatedtype Exact: Element where Exact.Value == Self
  associatedtype Wide: WideNumber where Wide.Narrow == Self
  associatedtype WideLanes: Lanes where WideLanes.Value == Self, WideLanes.Total == Wide

  static func sum(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
  static func difference(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
  static func product(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
  /// a · b + c, rounded once.
  static func fma(_ a: SIMD16<Self>, _ b: SIMD16<Self>, _ c: SIMD16<Self>) -> SIMD16<Self>
  static func splat(_ v: Self) -> SIMD16<Self>
  /// All lanes, by halving: 16 to 8 to 4 to 2 to 1.
  static func total(_ v: SIMD16<Self>) -> Self
  /// Of 32 numbers, as `Pair` has them: numbers l and l + 16.
  static func foldedPair(_ even: SIMD16<Self>, _ odd: SIMD16<Self>) -> SIMD16<Self>
  /// Numbers in memory, in place, from their order to `Pair`s, 32 by 32, or back; what is left behind them stays.
  static func reorder(_ p: UnsafeMutableRawPointer, _ count: Int, toPairs: Bool)
  /// Those of 16 vectors in memory, one behind the other.
  static func totals(_ vectors: UnsafeRawPointer) -> SIMD16<Self>
  static func magnitude(_ v: SIMD16<Self>) -> SIMD16<Self>
  static func quotient(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
  /// a where a bit is set, b elsewhere.
  static func select(_ bits: UInt16, _ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
  /// Cut to the upper half of the bits.
  static func shortened(_ v: SIMD16<Self>) -> SIMD16<Self>
  var shortened: Self { get }
  static func larger(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
  /// The first `count` lanes, zeros behind them.
  static func first(_ count: Int, of v: SIMD16<Self>) -> SIMD16<Self>

  static var size: Int { get }
  /// Rows to columns.
  static func transpose(_ rows: inout InlineArray<16, SIMD16<Self>>)
  static func load(_ p: UnsafeRawPointer) -> SIMD16<Self>
  static func store(_ v: SIMD16<Self>, _ p: UnsafeMutableRawPointer)
  /// `count` elements of any dtype that is computed in this type, `step` bytes apart.
  static func loadAny(_ p: UnsafeRawPointer, _ step: Int, _ count: Int, _ dtype: planish_task_dtype) -> SIMD16<Self>
  static func storeAny(
    _ v: SIMD16<Self>, _ p: UnsafeMutableRawPointer, _ step: Int, _ count: Int, _ dtype: planish_task_dtype)
  static func loadOne(_ p: UnsafeRawPointer) -> Self
  static func storeOne(_ v: Self, _ p: UnsafeMutableRawPointer)

  /// The powers of two between which rstd can be used as it is: outside, a row is rescaled.
  static var safeRstd: ClosedRange<Self> { get }
  /// The variance + eps below which squares may have lost bits to underflow.
  static var safeVariance: Self { get }
  /// How far a given mean may be from the row's, relative to its magnitude, to count as rounded: a few last bits.
  static var meanTolerance: Self { get }
}

/// A scalar with more precision and range than the values that it sums.
protocol WideNumber {
  associatedtype Narrow: FloatingPoint
  init(_ value: Narrow)
  init(eps: Double)
  init(count: Int)
  /// The nearest narrow value.
  var narrowed: Narrow { get }
  var isFinite: Bool { get }
  /// The same for what is not negative, in fewer steps.
  var isInRange: Bool { get }
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
  /// The same as adding it to nothing.
  init(first v: SIMD16<Value>)
  mutating func add(_ v: Self)
  /// Sums kept in memory take `size` bytes a lane.
  static var size: Int { get }
  init(_ p: UnsafeRawPointer)
  func store(_ p: UnsafeMutableRawPointer)
  var narrowed: SIMD16<Value> { get }
  /// The same, for values that are rounded once more, to fewer bits: see planish_narrow_to_odd_f64.
  var narrowedToOdd: SIMD16<Value> { get }
  /// All lanes, by halving.
  var total: Total { get }
  /// Those of 16 in memory, one behind the other.
  static func totals(_ p: UnsafeRawPointer) -> Self
  /// The step of halving: adds what stands a half further on.
  mutating func merge(_ other: Self)

  // Arithmetic on 16 wide numbers, as `Total` has it. Running sums are wide numbers once they have settled.
  init(_ v: SIMD16<Value>)
  init(all number: Total)
  var settled: Self { get }
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static func < (a: Self, b: Self) -> LaneMask
  var isNotFinite: LaneMask { get }
  func reciprocalSquareRoot() -> Self
}

/// Some of 16 lanes: bit i is lane i.
struct LaneMask {
  let bits: UInt16
  @inline(__always) init(bits: UInt16) { self.bits = bits }
  @inline(__always) var isEmpty: Bool { bits == 0 }
  @inline(__always) func contains(_ lane: Int) -> Bool { bits &>> UInt16(truncatingIfNeeded: lane) & 1 != 0 }
  @inline(__always) func union(_ other: Self) -> Self { Self(bits: bits | other.bits) }
  @inline(__always) func intersection(_ other: Self) -> Self { Self(bits: bits & other.bits) }
  @inline(__always) func first(_ count: Int) -> Self {
    Self(bits: bits & UInt16(truncatingIfNeeded: (1 &<< count) &- 1))
  }
  @inline(__always) func select<Value: Compute>(_ a: SIMD16<Value>, else b: SIMD16<Value>) -> SIMD16<Value> {
    Value.select(bits, a, b)
  }
}

// The standard library's operators on generic vectors loop over the lanes. They become single instructions too where a
// kernel is specialized, but the generic code behind it takes the compiler minutes.
extension SIMD16 where Scalar: Compute {
  @inline(__always) static func + (a: Self, b: Self) -> Self { Scalar.sum(a, b) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { Scalar.difference(a, b) }
  @inline(__always) static func * (a: Self, b: Self) -> Self { Scalar.product(a, b) }
  @inline(__always) static func - (a: Self, b: Scalar) -> Self { Scalar.difference(a, Scalar.splat(b)) }
  @inline(__always) static func * (a: Self, b: Scalar) -> Self { Scalar.product(a, Scalar.splat(b)) }
  @inline(__always) static func / (a: Self, b: Scalar) -> Self { Scalar.quotient(a, Scalar.splat(b)) }
  @inline(__always) static prefix func - (a: Self) -> Self { Scalar.product(a, Scalar.splat(-1)) }
  @inline(__always) static func += (a: inout Self, b: Self) { a = Scalar.sum(a, b) }
}
