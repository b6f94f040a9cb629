import CPlanishSystem

/// What the elements of the arrays are.
package struct Dtype: Equatable, Sendable {
  package let number: Int32
  let elementSize: Int
  let statisticSize: Int
  /// Of the sums for dweight and dbias: over a panel of rows, and beyond.
  let panelSumSize: Int
  let blockSumSize: Int

  package static let float32 = Dtype(
    number: 0, elementSize: 4, statisticSize: 4, panelSumSize: 4, blockSumSize: 8)

  /// The dtype of this number in planish.h.
  package init(number: Int32) throws(Fault) {
    guard number == Dtype.float32.number else { throw .badDtype("dtype", Int(number)) }
    self = .float32
  }

  private init(number: Int32, elementSize: Int, statisticSize: Int, panelSumSize: Int, blockSumSize: Int) {
    self.number = number
    self.elementSize = elementSize
    self.statisticSize = statisticSize
    self.panelSumSize = panelSumSize
    self.blockSumSize = blockSumSize
  }
}

/// The sizes that a problem's arrays have in common. Strides count elements; 0 stands for `features`.
package struct Shape {
  package var dtype: Dtype
  package var rows: Int
  package var features: Int
  package var eps: Double
  package var xStride = 0
  package var yStride = 0
  package var dyStride = 0
  package var dxStride = 0

  package init(dtype: Dtype, rows: Int, features: Int, eps: Double) {
    self.dtype = dtype
    self.rows = rows
    self.features = features
    self.eps = eps
  }

  package func requireValid() throws(Fault) {
    guard rows >= 0 else { throw .badSize("rows", rows, atLeast: 0) }
    guard features >= 1 else { throw .badSize("features", features, atLeast: 1) }
    guard eps.isFinite && eps >= 0 else { throw .badEps(eps) }
  }

  func matrix(
    _ name: StaticString, stride strideName: StaticString, _ base: UnsafeRawPointer?, _ stride: Int
  ) throws(Fault) -> Region {
    try Region(
      name, stride: strideName, base, rows: rows, features: features, stride: stride,
      elementSize: dtype.elementSize)
  }

  func parameter(_ name: StaticString, _ base: UnsafeRawPointer?) throws(Fault) -> Region {
    try Region(name, base, count: features, elementSize: dtype.elementSize)
  }

  func statistic(_ name: StaticString, _ base: UnsafeRawPointer?) throws(Fault) -> Region {
    try Region(name, base, count: rows, elementSize: dtype.statisticSize)
  }
}
