import CPlanishKernels

/// How much of a vector's 16 elements lies inside the row. One definition of the arithmetic serves both cases.
protocol Extent {
  var isFull: Bool { get }
  var count: Int { get }
}

/// All 16.
struct Full: Extent {
  @inline(__always) var isFull: Bool { true }
  @inline(__always) var count: Int { 16 }
}

/// The first few, at the end of a row.
struct First: Extent {
  let count: Int
  @inline(__always) var isFull: Bool { false }
}

/// What is done to each vector of a row.
protocol Pass {
  func run(_ i: Int, _ extent: some Extent)
}

extension Pass {
  /// Runs over `features` elements, 16 at a time, then what is left.
  @inline(__always) func run(over features: Int) {
    var i = 0
    while i &+ 16 <= features {
      run(i, Full())
      i &+= 16
    }
    if i < features { run(i, First(count: features &- i)) }
  }
}

/// What a row is stored in.
protocol Element: Parameter {
  static var size: Int { get }
  static func load(_ p: UnsafeRawPointer, _ extent: some Extent) -> SIMD16<Value>
  static func store(_ v: SIMD16<Value>, _ p: UnsafeMutableRawPointer, _ extent: some Extent)
  /// mean and rstd, which may be wider than the row.
  static func loadStatistic(_ p: UnsafeRawPointer, at row: Int) -> Value
  static func storeStatistic(_ value: Value, _ p: UnsafeMutableRawPointer, at row: Int)
}

/// weight or bias: stored in some element, or absent.
protocol Parameter {
  associatedtype Value: Compute
  static var isPresent: Bool { get }
  /// Elements i ..< i + 16; not called when absent.
  static func load(_ p: UnsafeRawPointer?, at i: Int, _ extent: some Extent) -> SIMD16<Value>
}

extension Element {
  @inline(__always) static var isPresent: Bool { true }
  @inline(__always)
  static func load(_ p: UnsafeRawPointer?, at i: Int, _ extent: some Extent) -> SIMD16<Value> {
    load(p.unsafelyUnwrapped + i &* size, extent)
  }
}

/// A weight of 1, a bias of 0.
enum Absent<Value: Compute>: Parameter {
  @inline(__always) static var isPresent: Bool { false }
  @inline(__always)
  static func load(_ p: UnsafeRawPointer?, at i: Int, _ extent: some Extent) -> SIMD16<Value> { Value.splat(0) }
}

/// Elements of 32 bits, computed in Float.
enum Float32: Element {
  typealias Value = Float
  @inline(__always) static var size: Int { 4 }

  @inline(__always) static func load(_ p: UnsafeRawPointer, _ extent: some Extent) -> SIMD16<Float> {
    extent.isFull ? planish_load_f32(p) : planish_load_first_f32(p, extent.count)
  }
  @inline(__always)
  static func store(_ v: SIMD16<Float>, _ p: UnsafeMutableRawPointer, _ extent: some Extent) {
    if extent.isFull { planish_store_f32(p, v) } else { planish_store_first_f32(p, v, extent.count) }
  }
  @inline(__always) static func loadStatistic(_ p: UnsafeRawPointer, at row: Int) -> Float {
    planish_load_one_f32(p + row &* 4)
  }
  @inline(__always) static func storeStatistic(_ value: Float, _ p: UnsafeMutableRawPointer, at row: Int) {
    planish_store_one_f32(p + row &* 4, value)
  }
}
