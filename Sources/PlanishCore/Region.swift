/// An argument as memory: rows of bytes, a stride apart.
struct Region {
  let name: StaticString
  let base: UnsafeRawPointer?
  let rows: Int
  let rowBytes: Int
  let strideBytes: Int
  /// From the first byte to behind the last one.
  private let span: Int

  /// A matrix; throws if it does not fit into the address space. A stride of 0 stands for `features`.
  init(
    _ name: StaticString, stride strideName: StaticString, _ base: UnsafeRawPointer?, rows: Int, features: Int,
    stride: Int, elementSize: Int
  ) throws(Fault) {
    let stride = stride == 0 ? features : stride
    guard stride >= features else { throw .badStride(strideName, stride, features: features) }
    let overflow = Fault.sizeOverflow(name, rows: rows, stride: stride)
    let (strideBytes, strideTooLarge) = stride.multipliedReportingOverflow(by: elementSize)
    guard !strideTooLarge else { throw overflow }
    self.name = name
    self.base = base
    self.rows = rows
    self.strideBytes = strideBytes
    rowBytes = features &* elementSize  // at most strideBytes
    let (beforeLast, tooManyRows) = Swift.max(rows &- 1, 0).multipliedReportingOverflow(by: strideBytes)
    let (span, spanTooLarge) = beforeLast.addingReportingOverflow(rows == 0 ? 0 : rowBytes)
    guard !tooManyRows && !spanTooLarge && Region.fits(base, span) else { throw overflow }
    self.span = span
  }

  /// A vector.
  init(_ name: StaticString, _ base: UnsafeRawPointer?, count: Int, elementSize: Int) throws(Fault) {
    let (bytes, tooLarge) = count.multipliedReportingOverflow(by: elementSize)
    guard !tooLarge && Region.fits(base, bytes) else { throw .sizeOverflow(name, rows: 1, stride: count) }
    self.name = name
    self.base = base
    rows = 1
    rowBytes = bytes
    strideBytes = bytes
    span = bytes
  }

  private static func fits(_ base: UnsafeRawPointer?, _ span: Int) -> Bool {
    !UInt(bitPattern: base).addingReportingOverflow(UInt(bitPattern: span)).overflow
  }

  func requirePresent() throws(Fault) {
    if base == nil && span > 0 { throw .null(name) }
  }

  /// Throws if an output shares a byte with an input or with another output. The first output may be the first input,
  /// row by row: y may be x, dx may be dy.
  static func requireApart(inputs: Span<Region>, outputs: Span<Region>) throws(Fault) {
    for o in outputs.indices {
      for i in inputs.indices where !(o == 0 && i == 0 && outputs[o].isSame(as: inputs[i])) {
        try outputs[o].requireApart(from: inputs[i])
      }
      for earlier in 0..<o { try outputs[o].requireApart(from: outputs[earlier]) }
    }
  }

  private func isSame(as other: Region) -> Bool { base == other.base && strideBytes == other.strideBytes }

  private func requireApart(from other: Region) throws(Fault) {
    guard let start = base, let otherStart = other.base, span > 0, other.span > 0 else { return }
    guard start < otherStart + other.span, otherStart < start + span else { return }
    // Rows of two matrices may interleave, and a vector may lie between the rows of a matrix.
    if rows == 1 || other.rows == 1 || strideBytes == other.strideBytes {
      let step = rows == 1 ? other.strideBytes : strideBytes
      let distance = (otherStart - start) % step
      let offset = distance < 0 ? distance + step : distance
      if offset >= rowBytes && offset + other.rowBytes <= step { return }
    }
    throw .overlap(name, other.name, bytesFromStart: start - otherStart)
  }
}
