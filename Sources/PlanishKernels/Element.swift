import CPlanishKernels

/// What an array is stored in, 16 elements at a time; computed in `Value`.
protocol Element {
  associatedtype Value: Compute
  /// The element that holds a `Value` exactly.
  typealias Exact = Value.Exact
  static var size: Int { get }
  /// Its number in planish.h.
  static var dtype: planish_task_dtype { get }
  static func load(_ p: UnsafeRawPointer, _ extent: some Extent) -> SIMD16<Value>
  /// Whether part of a vector takes one instruction, so that it is not worth asking if it is all of it.
  static var masksLoads: Bool { get }
  static var masksStores: Bool { get }
  /// Rounds to the nearest, ties to even.
  static func store(_ v: SIMD16<Value>, _ p: UnsafeMutableRawPointer, _ extent: some Extent)
  /// 16 elements past the caches, to a multiple of `streamAlignment` bytes.
  static func stream(_ v: SIMD16<Value>, _ p: UnsafeMutableRawPointer)

  /// Whether 32 elements take fewer steps as those at even places and those at odd ones.
  static var comesInPairs: Bool { get }
  static func loadPair(_ p: UnsafeRawPointer) -> Pair<Value>
  /// Of numbers that come from loaded ones. To a multiple of 64 bytes where it is past the caches.
  static func store(_ pair: Pair<Value>, _ p: UnsafeMutableRawPointer, streaming: Bool)
}

/// 32 elements: those at even places, those at odd ones.
struct Pair<Value: Compute> {
  let even: SIMD16<Value>
  let odd: SIMD16<Value>
  @inline(__always) init(_ even: SIMD16<Value>, _ odd: SIMD16<Value>) {
    self.even = even
    self.odd = odd
  }
}

extension Element {
  @inline(__always) static var comesInPairs: Bool { false }
  @inline(__always) static func loadPair(_ p: UnsafeRawPointer) -> Pair<Value> { Pair(Value.splat(0), Value.splat(0)) }
  @inline(__always) static func store(_ pair: Pair<Value>, _ p: UnsafeMutableRawPointer, streaming: Bool) {}

  /// Whether rows are so long that one of them and its parameters are more than the nearest cache holds, where numbers are
  /// so large. Where they are streamed, the next one is then fetched while one is summed: fetched while it is written, it
  /// would come late. Rows that the second cache would not hold are not.
  @inline(__always) static func areLong(_ features: Int, size: Int) -> Bool {
    16000...262144 ~= features &* size
  }

  @inline(__always) static var streamAlignment: Int { Swift.min(16 &* size, 64) }

  @inline(__always) static var masksLoads: Bool {
    #if PLANISH_AVX2
      size > 2
    #else
      masksStores
    #endif
  }
  @inline(__always) static var masksStores: Bool {
    #if PLANISH_AVX512
      true
    #else
      false
    #endif
  }
}

enum Float32: Element {
  @inline(__always) static func stream(_ v: SIMD16<Float>, _ p: UnsafeMutableRawPointer) { planish_stream_f32(p, v) }
  @inline(__always) static var dtype: planish_task_dtype { Int32(PLANISH_TASK_F32) }
  @inline(__always) static var size: Int { 4 }

  @inline(__always) static func load(_ p: UnsafeRawPointer, _ extent: some Extent) -> SIMD16<Float> {
    extent.isFull ? planish_load_f32(p) : planish_load_first_f32(p, extent.count)
  }
  @inline(__always)
  static func store(_ v: SIMD16<Float>, _ p: UnsafeMutableRawPointer, _ extent: some Extent) {
    if extent.isFull { planish_store_f32(p, v) } else { planish_store_first_f32(p, v, extent.count) }
  }
}

enum Float64: Element {
  @inline(__always) static func stream(_ v: SIMD16<Double>, _ p: UnsafeMutableRawPointer) { planish_stream_f64(p, v) }
  @inline(__always) static var dtype: planish_task_dtype { Int32(PLANISH_TASK_F64) }
  @inline(__always) static var size: Int { 8 }

  @inline(__always) static func load(_ p: UnsafeRawPointer, _ extent: some Extent) -> SIMD16<Double> {
    extent.isFull ? planish_load_f64(p) : planish_load_first_f64(p, extent.count)
  }
  @inline(__always)
  static func store(_ v: SIMD16<Double>, _ p: UnsafeMutableRawPointer, _ extent: some Extent) {
    if extent.isFull { planish_store_f64(p, v) } else { planish_store_first_f64(p, v, extent.count) }
  }
}

/// 16 bits, converted to Float and back.
protocol HalfElement: Element where Value == Float {
  static func widen(_ v: SIMD16<UInt16>) -> SIMD16<Float>
  static func narrow(_ v: SIMD16<Float>) -> SIMD16<UInt16>
}

extension HalfElement {
  @inline(__always) static func stream(_ v: SIMD16<Float>, _ p: UnsafeMutableRawPointer) {
    planish_stream_u16(p, narrow(v))
  }
  @inline(__always) static var size: Int { 2 }

  @inline(__always) static func load(_ p: UnsafeRawPointer, _ extent: some Extent) -> SIMD16<Float> {
    widen(extent.isFull ? planish_load_u16(p) : planish_load_first_u16(p, extent.count))
  }
  @inline(__always)
  static func store(_ v: SIMD16<Float>, _ p: UnsafeMutableRawPointer, _ extent: some Extent) {
    if extent.isFull { planish_store_u16(p, narrow(v)) } else { planish_store_first_u16(p, narrow(v), extent.count) }
  }
}

enum Brain16: HalfElement {
  @inline(__always) static var dtype: planish_task_dtype { Int32(PLANISH_TASK_BF16) }
  @inline(__always) static func widen(_ v: SIMD16<UInt16>) -> SIMD16<Float> { planish_from_bf16(v) }
  @inline(__always) static func narrow(_ v: SIMD16<Float>) -> SIMD16<UInt16> { planish_to_bf16(v) }

  @inline(__always) static var comesInPairs: Bool { true }
  @inline(__always) static func loadPair(_ p: UnsafeRawPointer) -> Pair<Float> {
    let pair = planish_load_bf16_pair(p)
    return Pair(planish_from_even_bf16(pair), planish_from_odd_bf16(pair))
  }
  @inline(__always) static func store(_ pair: Pair<Float>, _ p: UnsafeMutableRawPointer, streaming: Bool) {
    let both = planish_to_bf16_pair(pair.even, pair.odd)
    if streaming { planish_stream_bf16_pair(p, both) } else { planish_store_bf16_pair(p, both) }
  }
}

enum Half16: HalfElement {
  @inline(__always) static var dtype: planish_task_dtype { Int32(PLANISH_TASK_F16) }
  @inline(__always) static func widen(_ v: SIMD16<UInt16>) -> SIMD16<Float> { planish_from_f16(v) }
  @inline(__always) static func narrow(_ v: SIMD16<Float>) -> SIMD16<UInt16> { planish_to_f16(v) }
}
