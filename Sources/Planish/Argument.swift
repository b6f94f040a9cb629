/// An array of a call, whatever its elements are. The address is used only during the call that was given the span, which
/// the span outlives.
@usableFromInline
struct Argument {
  @usableFromInline let address: UnsafeRawPointer?
  @usableFromInline let count: Int

  @inlinable
  init(_ span: Span<some LayerNormElement>) {
    address = span.withUnsafeBytes { $0.baseAddress }
    count = span.count
  }

  @inlinable
  init?(_ span: Span<some LayerNormElement>?) {
    guard let span else { return nil }
    self.init(span)
  }

  /// What is read and written.
  @inlinable
  init(_ argument: MutableArgument) {
    address = UnsafeRawPointer(argument.address)
    count = argument.count
  }

  /// The address; throws if there are not so many elements.
  func address(_ name: String, count expected: Int) throws(LayerNormError) -> UnsafeRawPointer? {
    guard count == expected else { throw .wrongCount(argument: name, count: count, expected: expected) }
    return address
  }
}

/// An array that a call writes into.
@usableFromInline
struct MutableArgument {
  @usableFromInline let address: UnsafeMutableRawPointer?
  @usableFromInline let count: Int

  @inlinable
  init(_ span: consuming MutableSpan<some LayerNormElement>) {
    count = span.count
    address = span.withUnsafeMutableBytes { $0.baseAddress }
  }

  @inlinable
  init?(_ span: consuming MutableSpan<some LayerNormElement>?) {
    guard let span else { return nil }
    self.init(span)
  }

  /// The address; throws if there are not so many elements.
  func address(_ name: String, count expected: Int) throws(LayerNormError) -> UnsafeMutableRawPointer? {
    guard count == expected else { throw .wrongCount(argument: name, count: count, expected: expected) }
    return address
  }
}
