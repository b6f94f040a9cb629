import CPlanishKernels

extension Double: Compute {
  typealias Exact = Float64
  typealias Wide = DoubleDouble

  @inline(__always) static func sum(_ a: SIMD16<Double>, _ b: SIMD16<Double>) -> SIMD16<Double> {
    planish_add_f64(a, b)
  }
  @inline(__always)
  static func difference(_ a: SIMD16<Double>, _ b: SIMD16<Double>) -> SIMD16<Double> { planish_subtract_f64(a, b) }
  @inline(__always)
  static func product(_ a: SIMD16<Double>, _ b: SIMD16<Double>) -> SIMD16<Double> { planish_multiply_f64(a, b) }
  @inline(__always) static func splat(_ v: Double) -> SIMD16<Double> { planish_splat_f64(v) }
  @inline(__always) static func total(_ v: SIMD16<Double>) -> Double { planish_total_f64(v) }
  /// Nothing that is computed in Double comes in pairs.
  @inline(__always) static func foldedPair(_ even: SIMD16<Double>, _ odd: SIMD16<Double>) -> SIMD16<Double> { even }
  @inline(__always) static func reorder(_ p: UnsafeMutableRawPointer, _ count: Int, toPairs: Bool) {}
  @inline(__always) static func totals(_ vectors: UnsafeRawPointer) -> SIMD16<Double> { planish_totals_f64(vectors) }
  @inline(__always)
  static func fma(_ a: SIMD16<Double>, _ b: SIMD16<Double>, _ c: SIMD16<Double>) -> SIMD16<Double> {
    planish_fma_f64(a, b, c)
  }
  @inline(__always) static func magnitude(_ v: SIMD16<Double>) -> SIMD16<Double> { planish_abs_f64(v) }
  @inline(__always) static func shortened(_ v: SIMD16<Double>) -> SIMD16<Double> { planish_shortened_f64(v) }
  @inline(__always) var shortened: Double { Double(bitPattern: bitPattern & ~0x7ff_ffff) }
  @inline(__always)
  static func quotient(_ a: SIMD16<Double>, _ b: SIMD16<Double>) -> SIMD16<Double> { planish_divide_f64(a, b) }
  @inline(__always)
  static func select(_ bits: UInt16, _ a: SIMD16<Double>, _ b: SIMD16<Double>) -> SIMD16<Double> {
    planish_select_f64(bits, a, b)
  }
  @inline(__always)
  static func larger(_ a: SIMD16<Double>, _ b: SIMD16<Double>) -> SIMD16<Double> { planish_max_f64(a, b) }
  @inline(__always)
  static func first(_ count: Int, of v: SIMD16<Double>) -> SIMD16<Double> { planish_first_f64(v, count) }
  @inline(__always) static var size: Int { 8 }
  @inline(__always) static func transpose(_ rows: inout InlineArray<16, SIMD16<Double>>) {
    var span = rows.mutableSpan
    span.withUnsafeMutableBufferPointer { planish_transpose_f64($0.baseAddress) }
  }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> SIMD16<Double> { planish_load_f64(p) }
  @inline(__always)
  static func loadAny(
    _ p: UnsafeRawPointer, _ step: Int, _ count: Int, _ dtype: planish_task_dtype
  ) -> SIMD16<Double> { planish_load_any_f64(p, step, count) }
  @inline(__always)
  static func storeAny(
    _ v: SIMD16<Double>, _ p: UnsafeMutableRawPointer, _ step: Int, _ count: Int, _ dtype: planish_task_dtype
  ) { planish_store_any_f64(p, step, v, count) }
  @inline(__always) static func loadOne(_ p: UnsafeRawPointer) -> Double { planish_load_one_f64(p) }
  @inline(__always) static func storeOne(_ v: Double, _ p: UnsafeMutableRawPointer) { planish_store_one_f64(p, v) }
  @inline(__always) static func store(_ v: SIMD16<Double>, _ p: UnsafeMutableRawPointer) { planish_store_f64(p, v) }

  @inline(__always) static var safeRstd: ClosedRange<Double> { 0x1p-512...0x1p450 }
  @inline(__always) static var safeVariance: Double { 0x1p-900 }
  @inline(__always) static var meanTolerance: Double { 0x1p-50 }

  /// 16 running sums as pairs of Doubles.
  struct WideLanes: Lanes {
    var high = planish_splat_f64(0)
    var low = planish_splat_f64(0)
    @inline(__always) init() {}

    @inline(never) mutating func add(_ v: SIMD16<Double>) {
      let (sum, error) = exactSum(high, v)
      high = sum
      low += error
    }
    @inline(__always) mutating func add(_ v: Self) {
      let (sum, error) = exactSum(high, v.high)
      high = sum
      low += v.low + error
    }

    @inline(__always) static var size: Int { 16 }
    @inline(__always) init(_ p: UnsafeRawPointer) {
      high = planish_load_f64(p)
      low = planish_load_f64(p + 128)
    }
    @inline(__always) func store(_ p: UnsafeMutableRawPointer) {
      planish_store_f64(p, high)
      planish_store_f64(p + 128, low)
    }
    @inline(__always) var narrowed: SIMD16<Double> { high + low }
    /// No element has fewer bits.
    @inline(__always) var narrowedToOdd: SIMD16<Double> { narrowed }

    @inline(__always) mutating func merge(_ other: Self) {
      let (sum, error) = exactSum(high, other.high)
      high = sum
      low = (low + other.low) + error
    }

    @inline(__always) init(first v: SIMD16<Double>) { high = Double.splat(0) + v }
    @inline(__always) init(_ v: SIMD16<Double>) { high = v }
    @inline(__always) init(all number: DoubleDouble) {
      high = planish_splat_f64(number.high)
      low = planish_splat_f64(number.low)
    }

    // `DoubleDouble`'s arithmetic, lane by lane.

    /// a + b where |a| is not less than |b|.
    @inline(__always) private init(renormalizing a: SIMD16<Double>, _ b: SIMD16<Double>) {
      let sum = a + b
      high = planish_if_finite_f64(a, sum, a)
      low = planish_if_finite_f64(a, b - (sum - a), planish_splat_f64(0))
    }

    @inline(never) var settled: Self { Self(renormalizing: high, low) }

    @inline(never) static func + (a: Self, b: Self) -> Self {
      let (sum, error) = exactSum(a.high, b.high)
      return Self(renormalizing: sum, error + (a.low + b.low))
    }

    @inline(__always) static func - (a: Self, b: Self) -> Self {
      var negative = b
      negative.high = -b.high
      negative.low = -b.low
      return a + negative
    }

    @inline(never) static func * (a: Self, b: Self) -> Self {
      let product = a.high * b.high
      let error = Double.fma(a.high, b.high, -product)
      return Self(renormalizing: product, error + (a.high * b.low + a.low * b.high))
    }

    @inline(never) static func / (a: Self, b: Self) -> Self {
      let quotient = planish_divide_f64(a.high, b.high)
      let rest = a - b * Self(quotient)
      let settled = Self(renormalizing: quotient, planish_divide_f64(rest.high, b.high))
      return settled.where((quotient.isFinite).intersection(b.high.isFinite), else: Self(quotient))
    }

    @inline(never) func reciprocalSquareRoot() -> Self {
      let root = planish_sqrt_f64(high)
      let rest = self - Self(root) * Self(root)
      let settled = Self(renormalizing: root, planish_divide_f64(rest.high, root + root))
      let isPositive = LaneMask(bits: planish_less_f64(planish_splat_f64(0), root))
      return Self(all: DoubleDouble(count: 1))
        / settled.where(root.isFinite.intersection(isPositive), else: Self(root))
    }

    @inline(__always) private func `where`(_ mask: LaneMask, else other: Self) -> Self {
      var result = self
      result.high = mask.select(high, else: other.high)
      result.low = mask.select(low, else: other.low)
      return result
    }

    @inline(never) static func < (a: Self, b: Self) -> LaneMask {
      let less = LaneMask(bits: planish_less_f64(a.high, b.high))
      let equal = LaneMask(bits: planish_equal_f64(a.high, b.high))
      return less.union(equal.intersection(LaneMask(bits: planish_less_f64(a.low, b.low))))
    }
    @inline(__always) var isNotFinite: LaneMask { LaneMask(bits: planish_not_finite_f64(high)) }

    @inline(__always) static func totals(_ p: UnsafeRawPointer) -> Self {
      var total = Self()
      planish_totals_of_pairs_f64(p, &total)
      return total.settled
    }

    @inline(__always) var total: DoubleDouble {
      var sums = self
      var (high, low) = (0.0, 0.0)
      planish_total_pairs_f64(&sums, &high, &low)
      return DoubleDouble(renormalizing: high, low)
    }
  }
}

/// a + b as the nearest Double and what rounding took from it, nothing where it is not finite. Source: Knuth, TAOCP 2, 4.2.2.
@inline(__always)
private func exactSum(_ a: SIMD16<Double>, _ b: SIMD16<Double>) -> (SIMD16<Double>, SIMD16<Double>) {
  let sum = a + b
  let part = sum - a
  return (sum, planish_zero_nans_f64((a - (sum - part)) + (b - part)))
}

extension SIMD16<Double> {
  @inline(__always) fileprivate var isFinite: LaneMask { LaneMask(bits: ~planish_not_finite_f64(self)) }
}
