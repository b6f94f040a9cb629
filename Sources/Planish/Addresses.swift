// The core works on addresses. Each is used only during the call that was given the span, which the span outlives.

func address(of span: Span<some LayerNormElement>) -> UnsafeRawPointer? { span.withUnsafeBytes { $0.baseAddress } }

/// nil for nil; throws if the span has not this many elements.
func address(
  of span: Span<some LayerNormElement>?, _ argument: String, count: Int
) throws(LayerNormError) -> UnsafeRawPointer? {
  guard let span else { return nil }
  guard span.count == count else { throw .wrongCount(argument: argument, count: span.count, expected: count) }
  return address(of: span)
}

/// nil for nil; throws if the span has not this many elements.
func address(
  of span: consuming MutableSpan<some LayerNormElement>?, _ argument: String, count: Int
) throws(LayerNormError) -> UnsafeMutableRawPointer? {
  guard var span else { return nil }
  guard span.count == count else { throw .wrongCount(argument: argument, count: span.count, expected: count) }
  return span.withUnsafeMutableBytes { $0.baseAddress }
}

/// An array for a call to fill. Until then its elements are whatever was in memory: all of their bits are numbers.
func unfilled<Element: LayerNormElement>(_ count: Int) -> [Element] {
  [Element](unsafeUninitializedCapacity: count) { $1 = count }
}
