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
}

extension Element {
  @inline(__always) static var streamAlignment: Int { Swift.min(16 &* size, 64) }

  @inline(__always) static var masksStores: Bool {
    #if PLANISH_AVX512
      size < 8
    #else
      false
    #endif
  }
  @inline(__always) static var masksLoads: Bool {
    #if PLANISH_AVX512
      true
    #elseif PLANISH_AVX2
      size > 2
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
}

enum Half16: HalfElement {
  @inline(__always) static var dtype: planish_task_dtype { Int32(PLANISH_TASK_F16) }
  @inline(__always) static func widen(_ v: SIMD16<UInt16>) -> SIMD16<Float> { planish_from_f16(v) }
  @inline(__always) static func narrow(_ v: SIMD16<Float>) -> SIMD16<UInt16> { planish_to_f16(v) }
}
