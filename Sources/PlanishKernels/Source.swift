import CPlanishKernels

/// A row that is read.
protocol Source {
  associatedtype Value: Compute
  /// Less code rather than speed.
  static var isCompact: Bool { get }
  func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value>
  /// As `Element` has them.
  static var comesInPairs: Bool { get }
  func loadPair(_ i: Int) -> Pair<Value>
  /// What is read later, while the block from i on is summed.
  func fetch(_ i: Int)
}

extension Source {
  @inline(__always) func fetch(_ i: Int) {}
}

/// A row that is written.
protocol Target {
  associatedtype Value: Compute
  /// Storing a vector is so little work that the turns of a loop count.
  static var isLight: Bool { get }
  /// Past the caches, and then beginning with `head` elements on their own, fewer than 16.
  static var isStreamed: Bool { get }
  var head: Int { get }
  func store(_ v: SIMD16<Value>, _ i: Int, _ extent: some Extent)
  /// Whether a pair can be stored here.
  func takesPair(_ i: Int) -> Bool
  func store(_ pair: Pair<Value>, _ i: Int)
}

/// A row whose elements lie side by side.
struct PlainRow<E: Element>: Source {
  let p: UnsafeRawPointer
  /// Another row, which is fetched while this one is summed.
  private let ahead: UnsafeRawPointer?

  @inline(__always) init(p: UnsafeRawPointer, ahead: UnsafeRawPointer? = nil) {
    self.p = p
    self.ahead = ahead
  }

  @inline(__always) func fetch(_ i: Int) {
    if let ahead { planish_prefetch_lines(ahead + i &* E.size, blockSize &* E.size / 64) }
  }
  @inline(__always) static var isCompact: Bool { false }
  @inline(__always) static var comesInPairs: Bool { E.comesInPairs }
  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<E.Value> { E.load(p + i &* E.size, extent) }
  @inline(__always) func loadPair(_ i: Int) -> Pair<E.Value> { E.loadPair(p + i &* E.size) }
  @inline(__always) func from(_ i: Int) -> Self { Self(p: p + i &* E.size) }
}

/// A row whose elements lie side by side; past the caches, if so wanted.
struct PlainTarget<E: Element, Streaming: Choice>: Target {
  let p: UnsafeMutableRawPointer
  let edges: UnsafeMutablePointer<Edges<E>>
  @inline(__always) static var isLight: Bool { E.dtype == Float32.dtype }
  @inline(__always) static var isStreamed: Bool { Streaming.isWanted(()) }

  @inline(__always) var head: Int {
    Self.isStreamed ? ((0 &- Int(bitPattern: p)) & (E.streamAlignment &- 1)) / E.size : 0
  }
  @inline(__always) func store(_ v: SIMD16<E.Value>, _ i: Int, _ extent: some Extent) {
    let p = p + i &* E.size
    if !Self.isStreamed {
      E.store(v, p, extent)
    } else if extent.isFull {
      E.stream(v, p)
    } else {
      edges.pointee.store(v, p, extent.count)
    }
  }
  @inline(__always) func takesPair(_ i: Int) -> Bool {
    E.comesInPairs && (!Self.isStreamed || Int(bitPattern: p + i &* E.size) % 64 == 0)
  }
  @inline(__always) func store(_ pair: Pair<E.Value>, _ i: Int) {
    E.store(pair, p + i &* E.size, streaming: Self.isStreamed)
  }
}

/// Any row, times a power of two: of any dtype, with elements `step` bytes apart. For the rows that have no kernel of
/// their own.
struct AnyRow<Value: Compute>: Source {
  let p: UnsafeRawPointer
  let step: Int
  let dtype: planish_task_dtype
  /// Only elements that are nothing beside the largest one round.
  var power = PowerOfTwo<Value>(exponent: 0)
  @inline(__always) static var isCompact: Bool { true }
  @inline(__always) static var comesInPairs: Bool { false }
  @inline(__always) func loadPair(_ i: Int) -> Pair<Value> { Pair(Value.splat(0), Value.splat(0)) }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value> {
    Value.loadAny(p + i &* step, step, extent.count, dtype) * power
  }
}

struct AnyTarget<Value: Compute>: Target {
  let p: UnsafeMutableRawPointer
  let step: Int
  let dtype: planish_task_dtype
  var power = PowerOfTwo<Value>(exponent: 0)
  @inline(__always) static var isLight: Bool { false }
  @inline(__always) static var isStreamed: Bool { false }
  @inline(__always) var head: Int { 0 }
  @inline(__always) func takesPair(_ i: Int) -> Bool { false }
  @inline(__always) func store(_ pair: Pair<Value>, _ i: Int) {}

  @inline(__always) func store(_ v: SIMD16<Value>, _ i: Int, _ extent: some Extent) {
    Value.storeAny(v * power, p + i &* step, step, extent.count, dtype)
  }
}

/// 2^exponent as two factors, since it may be beyond the type's range.
struct PowerOfTwo<Value: Compute> {
  private let half: Value
  private let otherHalf: Value

  @inline(__always) init(exponent: Int) {
    let step = exponent / 2
    half = Value(sign: .plus, exponent: Value.Exponent(step), significand: 1)
    otherHalf = Value(sign: .plus, exponent: Value.Exponent(exponent &- step), significand: 1)
  }

  @inline(__always) static func * (v: SIMD16<Value>, power: Self) -> SIMD16<Value> {
    (v * power.half) * power.otherHalf
  }
}
