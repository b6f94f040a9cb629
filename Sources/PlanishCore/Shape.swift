import CPlanish
import CPlanishKernels
import CPlanishSystem

/// The sizes that a problem's arrays have in common. Sizes and strides count elements.
package struct Shape {
  package var dtype: Dtype
  /// Of weight and dweight, bias and dbias: that of x, or float32 with 16-bit elements.
  package var weightDtype: Dtype
  package var biasDtype: Dtype
  /// Arrays are [rows][features][inner]; there are rows · inner rows to normalize.
  package var rows: Int
  package var features: Int
  package var inner = 1
  package var eps: Double
  package var x = Strides()
  package var y = Strides()
  package var dy = Strides()
  package var dx = Strides()

  package init(dtype: Dtype, rows: Int, features: Int, eps: Double) {
    self.dtype = dtype
    weightDtype = dtype
    biasDtype = dtype
    self.rows = rows
    self.features = features
    self.eps = eps
  }

  /// How many rows are normalized. Only of a valid shape.
  var normalizedRows: Int { rows * inner }

  func requireValid() throws(Fault) {
    guard rows >= 0 else { throw .badSize("rows", rows, atLeast: 0) }
    guard features >= 1 else { throw .badSize("features", features, atLeast: 1) }
    guard inner >= 1 else { throw .badSize("inner", inner, atLeast: 1) }
    guard eps.isFinite && eps >= 0 else { throw .badEps(eps) }
    guard weightDtype.holdsParameters(of: dtype) else {
      throw .badDtype("weight_dtype", Int(weightDtype.number), with: Int(dtype.number))
    }
    guard biasDtype.holdsParameters(of: dtype) else {
      throw .badDtype("bias_dtype", Int(biasDtype.number), with: Int(dtype.number))
    }
  }

  func array(_ name: Strides.Names, _ base: UnsafeRawPointer?, _ strides: Strides) throws(Fault) -> Region {
    try Region(name, base, self, strides)
  }

  func weight(_ name: StaticString, _ base: UnsafeRawPointer?) throws(Fault) -> Region {
    try Region(name, base, count: features, elementSize: weightDtype.size)
  }

  func bias(_ name: StaticString, _ base: UnsafeRawPointer?) throws(Fault) -> Region {
    try Region(name, base, count: features, elementSize: biasDtype.size)
  }

  func statistic(_ name: StaticString, _ base: UnsafeRawPointer?) throws(Fault) -> Region {
    let (count, overflow) = rows.multipliedReportingOverflow(by: inner)
    guard !overflow else { throw .sizeOverflow(name, rows: rows, stride: inner) }
    return try Region(name, base, count: count, elementSize: dtype.statisticSize)
  }
}

/// The distances in an array, in elements.
package struct Strides {
  /// From one row to the next; 0: rows lie one behind the other.
  package var row = 0
  /// From one feature to the next; 0: `inner`.
  package var feature = 0

  package init(row: Int = 0, feature: Int = 0) {
    self.row = row
    self.feature = feature
  }

  /// What the array and its strides are called.
  struct Names {
    let array: StaticString
    let row: StaticString
    let feature: StaticString

    static var x: Names { Names(array: "x", row: "x_stride", feature: "x_feature_stride") }
    static var y: Names { Names(array: "y", row: "y_stride", feature: "y_feature_stride") }
    static var dy: Names { Names(array: "dy", row: "dy_stride", feature: "dy_feature_stride") }
    static var dx: Names { Names(array: "dx", row: "dx_stride", feature: "dx_feature_stride") }
  }
}
