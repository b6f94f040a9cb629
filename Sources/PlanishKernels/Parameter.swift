import CPlanishKernels

/// weight or bias.
protocol Parameter {
  associatedtype Value: Compute
  associatedtype Present: Parameter where Present.Value == Value
  associatedtype Otherwise: Parameter where Otherwise.Value == Value
  /// The same, known to be there: loops that do not ask are worth code of their own. And what it is where this is nil.
  var present: Present? { get }
  var otherwise: Otherwise { get }
  /// Elements i ..< i + 16; where there are none, what changes no result.
  func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value>
  /// As `Element` has them.
  static var comesInPairs: Bool { get }
  func loadPair(_ i: Int) -> Pair<Value>
}

/// It is there, stored in `E`.
struct Given<E: Element>: Parameter {
  fileprivate let p: UnsafeRawPointer
  @inline(__always) fileprivate init(p: UnsafeRawPointer) { self.p = p }
  @inline(__always) init(_ parameter: planish_parameter) { p = parameter.data.unsafelyUnwrapped }
  @inline(__always) var present: Self? { self }
  @inline(__always) var otherwise: Self { self }
  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<E.Value> { E.load(p + i &* E.size, extent) }
  @inline(__always) static var comesInPairs: Bool { E.comesInPairs }
  @inline(__always) func loadPair(_ i: Int) -> Pair<E.Value> { E.loadPair(p + i &* E.size) }
}

/// It is not there.
struct Absent<Value: Compute>: Parameter {
  let neutral: Value
  @inline(__always) var present: Self? { nil }
  @inline(__always) var otherwise: Self { self }
  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value> { Value.splat(neutral) }
  @inline(__always) static var comesInPairs: Bool { true }
  @inline(__always) func loadPair(_ i: Int) -> Pair<Value> { Pair(Value.splat(neutral), Value.splat(neutral)) }
}

/// Stored in `E`, if it is there.
struct Optionally<E: Element>: Parameter {
  let present: Given<E>?
  private let neutral: E.Value

  @inline(__always) init(weight: planish_parameter) {
    present = weight.data.map { Given(p: $0) }
    neutral = neutralWeight()
  }

  @inline(__always) init(bias: planish_parameter) {
    present = bias.data.map { Given(p: $0) }
    neutral = neutralBias()
  }

  @inline(__always) var otherwise: Absent<E.Value> { Absent(neutral: neutral) }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<E.Value> {
    present?.load(i, extent) ?? E.Value.splat(neutral)
  }
  @inline(__always) static var comesInPairs: Bool { E.comesInPairs }
  @inline(__always) func loadPair(_ i: Int) -> Pair<E.Value> { present?.loadPair(i) ?? otherwise.loadPair(i) }
}

/// Whatever it is, looked up at every load: for the combinations that have no kernel of their own.
struct AnyParameter<Value: Compute>: Parameter {
  private let p: UnsafeRawPointer?
  private let dtype: planish_task_dtype
  private let neutral: Value

  /// `neutral` stands in where there is none, and changes no result.
  @inline(__always) init(_ parameter: planish_parameter, neutral: Value) {
    p = parameter.data
    dtype = parameter.dtype
    self.neutral = neutral
  }

  /// Rare, and so without code of its own.
  @inline(__always) var present: Self? { nil }
  @inline(__always) var otherwise: Self { self }
  @inline(__always) static var comesInPairs: Bool { false }
  @inline(__always) func loadPair(_ i: Int) -> Pair<Value> { Pair(Value.splat(0), Value.splat(0)) }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value> {
    guard let p else { return Value.splat(neutral) }
    let size = planish_element_size(dtype)
    return Value.loadAny(p + i &* size, size, extent.count, dtype)
  }

  /// Elements i ..< i + count, to be taken one by one.
  @inline(never) func values(_ i: Int, _ count: Int) -> InlineArray<16, Value> {
    var values = InlineArray<16, Value>(repeating: neutral)
    guard let p else { return values }
    let extent = First(count: count)
    // Most often it needs no conversion.
    let vector = dtype == Value.Exact.dtype ? Value.Exact.load(p + i &* Value.size, extent) : load(i, extent)
    values.withAddress { Value.store(vector, $0) }
    return values
  }

  /// Every 16th element from i on, up to 16 of them.
  @inline(__always) func lane(_ i: Int, _ count: Int, scratch: UnsafeMutableRawPointer) -> ParameterLane<Value> {
    guard let p else {
      Value.storeOne(neutral, scratch)
      return ParameterLane(p: scratch, step: 0)
    }
    if dtype == Value.Exact.dtype { return ParameterLane(p: p + i &* Value.size, step: 16 &* Value.size) }
    let size = planish_element_size(dtype)
    Value.store(Value.loadAny(p + i &* size, 16 &* size, count, dtype), scratch)
    return ParameterLane(p: scratch, step: Value.size)
  }
}

/// Elements one by one, each for all lanes.
struct ParameterLane<Value: Compute> {
  let p: UnsafeRawPointer
  let step: Int
  @inline(__always) func load(_ i: Int) -> SIMD16<Value> { Value.splat(Value.loadOne(p + i &* step)) }
}

extension planish_parameter {
  @inline(__always) func asWeight<Value: Compute>(_ value: Value.Type) -> AnyParameter<Value> {
    AnyParameter(self, neutral: neutralWeight())
  }
  @inline(__always) func asBias<Value: Compute>(_ value: Value.Type) -> AnyParameter<Value> {
    AnyParameter(self, neutral: neutralBias())
  }
}

// What stands in for those that are absent.

@inline(__always) private func neutralWeight<Value: Compute>() -> Value { 1 }
/// x + -0 is x, also where x is -0.
@inline(__always) private func neutralBias<Value: Compute>() -> Value { -Value.zero }

/// What weight and bias are stored in, and whether they are there: loops that need not ask are worth code of their own.
enum ParameterKind {
  /// Both are there, in x's dtype.
  case ownAndPresent
  /// In x's dtype, if they are there.
  case own
  /// In the dtype that x is computed in.
  case exact

  /// nil if they are in different dtypes, which is rare.
  @inline(__always) init?<E: Element>(_ element: E.Type, _ weight: planish_parameter, _ bias: planish_parameter) {
    if weight.canBe(E.dtype) && bias.canBe(E.dtype) {
      self = weight.data != nil && bias.data != nil ? .ownAndPresent : .own
    } else if weight.canBe(E.Exact.dtype) && bias.canBe(E.Exact.dtype) {
      self = .exact
    } else {
      return nil
    }
  }
}

extension planish_parameter {
  @inline(__always) func canBe(_ dtype: planish_task_dtype) -> Bool { data == nil || self.dtype == dtype }
}
