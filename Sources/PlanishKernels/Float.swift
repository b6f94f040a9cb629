import CPlanishKernels

extension Float: Compute {
  typealias Exact = Float32
  typealias Wide = Double

  @inline(__always) static func sum(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { planish_add_f32(a, b) }
  @inline(__always)
  static func difference(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { planish_subtract_f32(a, b) }
  @inline(__always)
  static func product(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { planish_multiply_f32(a, b) }
  @inline(__always) static func splat(_ v: Float) -> SIMD16<Float> { planish_splat_f32(v) }
  @inline(__always) static func total(_ v: SIMD16<Float>) -> Float { planish_total_f32(v) }
  @inline(__always) static func foldedPair(_ even: SIMD16<Float>, _ odd: SIMD16<Float>) -> SIMD16<Float> {
    planish_fold_pair_f32(even, odd)
  }
  @inline(__always) static func reorder(_ p: UnsafeMutableRawPointer, _ count: Int, toPairs: Bool) {
    if toPairs { planish_to_pairs_f32(p, count) } else { planish_from_pairs_f32(p, count) }
  }
  @inline(__always) static func totals(_ vectors: UnsafeRawPointer) -> SIMD16<Float> { planish_totals_f32(vectors) }
  @inline(__always)
  static func fma(_ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>) -> SIMD16<Float> {
    planish_fma_f32(a, b, c)
  }
  @inline(__always) static func magnitude(_ v: SIMD16<Float>) -> SIMD16<Float> { planish_abs_f32(v) }
  @inline(__always) static func shortened(_ v: SIMD16<Float>) -> SIMD16<Float> { planish_shortened_f32(v) }
  @inline(__always) var shortened: Float { Float(bitPattern: bitPattern & ~0xfff) }
  @inline(__always)
  static func quotient(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { planish_divide_f32(a, b) }
  @inline(__always)
  static func select(_ bits: UInt16, _ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    planish_select_f32(bits, a, b)
  }
  @inline(__always)
  static func larger(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { planish_max_f32(a, b) }
  @inline(__always)
  static func first(_ count: Int, of v: SIMD16<Float>) -> SIMD16<Float> { planish_first_f32(v, count) }
  @inline(__always) static var size: Int { 4 }
  @inline(__always) static func transpose(_ rows: inout InlineArray<16, SIMD16<Float>>) {
    var span = rows.mutableSpan
    span.withUnsafeMutableBufferPointer { planish_transpose_f32($0.baseAddress) }
  }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> SIMD16<Float> { planish_load_f32(p) }
  @inline(__always)
  static func loadAny(
    _ p: UnsafeRawPointer, _ step: Int, _ count: Int, _ dtype: planish_task_dtype
  ) -> SIMD16<Float> { planish_load_any_f32(p, step, count, dtype) }
  @inline(__always)
  static func storeAny(
    _ v: SIMD16<Float>, _ p: UnsafeMutableRawPointer, _ step: Int, _ count: Int, _ dtype: planish_task_dtype
  ) { planish_store_any_f32(p, step, v, count, dtype) }
  @inline(__always) static func loadOne(_ p: UnsafeRawPointer) -> Float { planish_load_one_f32(p) }
  @inline(__always) static func storeOne(_ v: Float, _ p: UnsafeMutableRawPointer) { planish_store_one_f32(p, v) }
  @inline(__always) static func store(_ v: SIMD16<Float>, _ p: UnsafeMutableRawPointer) { planish_store_f32(p, v) }

  @inline(__always) static var safeRstd: ClosedRange<Float> { 0x1p-64...0x1p50 }
  @inline(__always) static var safeVariance: Float { 0x1p-100 }
  @inline(__always) static var meanTolerance: Float { 0x1p-21 }

  /// 16 running sums in Double.
  struct WideLanes: Lanes {
    var lanes = planish_splat_f64(0)
    @inline(__always) init() {}
    @inline(__always) mutating func add(_ v: SIMD16<Float>) { lanes = planish_add_f64(lanes, planish_widen_f32(v)) }
    @inline(__always) init(first v: SIMD16<Float>) { add(v) }
    @inline(__always) mutating func add(_ v: Self) { lanes = planish_add_f64(lanes, v.lanes) }
    @inline(__always) static var size: Int { 8 }
    @inline(__always) init(_ p: UnsafeRawPointer) { lanes = planish_load_f64(p) }
    @inline(__always) func store(_ p: UnsafeMutableRawPointer) { planish_store_f64(p, lanes) }
    @inline(__always) var narrowed: SIMD16<Float> { planish_narrow_f64(lanes) }
    @inline(__always) var narrowedToOdd: SIMD16<Float> { planish_narrow_to_odd_f64(lanes) }
    @inline(__always) var total: Double { planish_total_f64(lanes) }
    @inline(__always) static func foldedPair(_ even: SIMD16<Float>, _ odd: SIMD16<Float>) -> SIMD16<Float> {
      planish_fold_pair_f32(even, odd)
    }
    @inline(__always) static func reorder(_ p: UnsafeMutableRawPointer, _ count: Int, toPairs: Bool) {
      if toPairs { planish_to_pairs_f32(p, count) } else { planish_from_pairs_f32(p, count) }
    }
    @inline(__always) static func totals(_ p: UnsafeRawPointer) -> Self { Self(lanes: planish_totals_f64(p)) }
    @inline(__always) mutating func merge(_ other: Self) { add(other) }

    @inline(__always) private init(lanes: SIMD16<Double>) { self.lanes = lanes }
    @inline(__always) init(_ v: SIMD16<Float>) { lanes = planish_widen_f32(v) }
    @inline(__always) init(all number: Double) { lanes = planish_splat_f64(number) }
    @inline(__always) var settled: Self { self }
    @inline(__always) static func + (a: Self, b: Self) -> Self { Self(lanes: planish_add_f64(a.lanes, b.lanes)) }
    @inline(__always) static func - (a: Self, b: Self) -> Self { Self(lanes: planish_subtract_f64(a.lanes, b.lanes)) }
    @inline(__always) static func * (a: Self, b: Self) -> Self { Self(lanes: planish_multiply_f64(a.lanes, b.lanes)) }
    @inline(__always) static func / (a: Self, b: Self) -> Self { Self(lanes: planish_divide_f64(a.lanes, b.lanes)) }
    @inline(__always) static func < (a: Self, b: Self) -> LaneMask {
      LaneMask(bits: planish_less_f64(a.lanes, b.lanes))
    }
    @inline(__always) var isNotFinite: LaneMask { LaneMask(bits: planish_not_finite_f64(lanes)) }
    @inline(__always) func reciprocalSquareRoot() -> Self {
      Self(lanes: planish_divide_f64(planish_splat_f64(1), planish_sqrt_f64(lanes)))
    }
  }
}

extension Double: WideNumber {
  typealias Narrow = Float
  @inline(__always) init(count: Int) { self = Double(count) }
  @inline(__always) init(eps: Double) { self = eps }
  @inline(__always) var narrowed: Float { Float(self) }
  @inline(__always) var isInRange: Bool { self <= .greatestFiniteMagnitude }
  @inline(__always) func scaled(by k: Int) -> Double { self * Double(sign: .plus, exponent: k, significand: 1) }
  @inline(__always) func squareRoot() -> Double { planish_sqrt_one_f64(self) }
}
