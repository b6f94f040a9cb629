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
  @inline(__always) static func loadOne(_ p: UnsafeRawPointer, _ dtype: planish_task_dtype) -> Double { loadOne(p) }
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

    @inline(__always) init(_ v: SIMD16<Double>) { high = v }
    @inline(__always) init(all number: DoubleDouble) {
      high = planish_splat_f64(number.high)
      low = planish_splat_f64(number.low)
    }
    @inline(__always) private func number(_ lane: Int) -> DoubleDouble {
      DoubleDouble(high: high[lane], low: low[lane])
    }

    /// One number after the other: float64 columns are not worth more.
    @inline(__always) private static func each(_ number: (Int) -> DoubleDouble) -> Self {
      var result = Self()
      for lane in 0..<16 {
        let number = number(lane)
        result.high[lane] = number.high
        result.low[lane] = number.low
      }
      return result
    }

    @inline(never) var settled: Self { .each { DoubleDouble(renormalizing: high[$0], low[$0]) } }
    @inline(never) static func + (a: Self, b: Self) -> Self { .each { a.number($0) + b.number($0) } }
    @inline(never) static func - (a: Self, b: Self) -> Self { .each { a.number($0) - b.number($0) } }
    @inline(never) static func * (a: Self, b: Self) -> Self { .each { a.number($0) * b.number($0) } }
    @inline(never) static func / (a: Self, b: Self) -> Self { .each { a.number($0) / b.number($0) } }
    @inline(never) static func < (a: Self, b: Self) -> LaneMask {
      var bits: UInt16 = 0
      for lane in 0..<16 where a.number(lane) < b.number(lane) { bits |= 1 &<< UInt16(lane) }
      return LaneMask(bits: bits)
    }
    @inline(__always) var isNotFinite: LaneMask { LaneMask(bits: planish_not_finite_f64(high)) }
    @inline(never) func reciprocalSquareRoot() -> Self {
      .each { DoubleDouble(count: 1) / number($0).squareRoot() }
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
