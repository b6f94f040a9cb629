import PlanishCore

// The core works on addresses. Each is used only during the call that was given the span, which the span outlives.

func address(of span: Span<Float>) -> UnsafeRawPointer? { span.withUnsafeBytes { $0.baseAddress } }

/// nil for nil; throws if the span has not this many elements.
func address(
  of span: Span<Float>?, _ argument: String, count: Int
) throws(LayerNormError) -> UnsafeRawPointer? {
  guard let span else { return nil }
  guard span.count == count else { throw .wrongCount(argument: argument, count: span.count, expected: count) }
  return address(of: span)
}

/// nil for nil; throws if the span has not this many elements.
func address(
  of span: consuming MutableSpan<Float>?, _ argument: String, count: Int
) throws(LayerNormError) -> UnsafeMutableRawPointer? {
  guard var span else { return nil }
  guard span.count == count else { throw .wrongCount(argument: argument, count: span.count, expected: count) }
  return span.withUnsafeMutableBytes { $0.baseAddress }
}
