import CPlanishKernels

/// An argument as memory: rows of bytes, a stride apart.
struct Region {
  let name: StaticString
  let base: UnsafeRawPointer?
  let rows: Int
  let rowBytes: Int
  let strideBytes: Int
  /// From the first byte to behind the last one.
  private let span: Int

  /// From one feature to the next; 0 in a vector.
  let stepBytes: Int

  /// An array of the shape, rows being its blocks of [features][inner]. Throws if a stride is too short, or if it does not
  /// fit into the address space.
  init(_ names: Strides.Names, _ base: UnsafeRawPointer?, _ shape: Shape, _ strides: Strides) throws(Fault) {
    let step = strides.feature == 0 ? shape.inner : strides.feature
    guard step >= shape.inner else { throw .badStride(names.feature, step, atLeast: shape.inner) }
    guard step == 1 || shape.inner > 1 else { throw .badFeatureStride(names.feature, step) }

    let rows = shape.rows
    let overflow = Fault.sizeOverflow(names.array, rows: rows, stride: strides.row == 0 ? shape.features : strides.row)
    let (beforeLastFeature, a) = (shape.features &- 1).multipliedReportingOverflow(by: step)
    let (row, b) = beforeLastFeature.addingReportingOverflow(shape.inner)
    let (wholeRow, c) = shape.features.multipliedReportingOverflow(by: step)
    guard !a, !b, !c else { throw overflow }
    let stride = strides.row == 0 ? wholeRow : strides.row
    guard stride >= row else { throw .badStride(names.row, stride, atLeast: row) }

    let size = shape.dtype.size
    let (strideBytes, d) = stride.multipliedReportingOverflow(by: size)
    let (stepBytes, e) = step.multipliedReportingOverflow(by: size)
    let (beforeLast, f) = Swift.max(rows &- 1, 0).multipliedReportingOverflow(by: strideBytes)
    guard !d, !e, !f else { throw overflow }
    name = names.array
    self.base = base
    self.rows = rows
    self.strideBytes = strideBytes
    self.stepBytes = stepBytes
    rowBytes = row &* size  // at most strideBytes
    let (span, g) = beforeLast.addingReportingOverflow(rows == 0 ? 0 : rowBytes)
    guard !g && Region.fits(base, span) else { throw overflow }
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
    stepBytes = 0
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

  private func isSame(as other: Region) -> Bool {
    base == other.base && strideBytes == other.strideBytes && stepBytes == other.stepBytes
  }

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

// For the kernels.
extension Region {
  var input: planish_input { planish_input(data: base, stride: strideBytes, step: stepBytes) }
  /// `base` is where the region is, to be written.
  func output(_ base: UnsafeMutableRawPointer?) -> planish_output {
    planish_output(data: base, stride: strideBytes, step: stepBytes)
  }
}
