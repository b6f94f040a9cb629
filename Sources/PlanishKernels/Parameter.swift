import CPlanishKernels

/// weight or bias, as far as a kernel knows it when it is compiled.
protocol Parameter {
  associatedtype Value: Compute
  static var isPresent: Bool { get }
  /// Elements i ..< i + 16.
  func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value>
}

/// It is there, stored in `E`.
struct Given<E: Element>: Parameter {
  let p: UnsafeRawPointer
  @inline(__always) static var isPresent: Bool { true }
  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<E.Value> { E.load(p + i &* E.size, extent) }
}

/// A weight of 1, a bias of 0: the kernel leaves it out.
struct Absent<Value: Compute>: Parameter {
  @inline(__always) static var isPresent: Bool { false }
  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value> { Value.splat(0) }
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

  @inline(__always) static var isPresent: Bool { true }
  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> SIMD16<Value> {
    guard let p else { return Value.splat(neutral) }
    let size = planish_element_size(dtype)
    return Value.loadAny(p + i &* size, size, extent.count, dtype)
  }

  /// Elements i ..< i + count, to be taken one by one.
  @inline(__always) func values(_ i: Int, _ count: Int) -> InlineArray<16, Value> {
    var values = InlineArray<16, Value>(repeating: 0)
    var span = values.mutableSpan
    span.withUnsafeMutableBufferPointer {
      Value.store(load(i, First(count: count)), UnsafeMutableRawPointer($0.baseAddress.unsafelyUnwrapped))
    }
    return values
  }

  /// Element i, in all lanes.
  @inline(__always) func one(_ i: Int) -> SIMD16<Value> {
    guard let p else { return Value.splat(neutral) }
    return Value.splat(Value.loadOne(p + i &* planish_element_size(dtype), dtype))
  }
}

extension planish_parameter {
  @inline(__always) func asWeight<Value: Compute>(_ value: Value.Type) -> AnyParameter<Value> {
    AnyParameter(self, neutral: 1)
  }
  /// x + -0 is x, also where x is -0.
  @inline(__always) func asBias<Value: Compute>(_ value: Value.Type) -> AnyParameter<Value> {
    AnyParameter(self, neutral: -Value.zero)
  }
}
