/// Layer normalization of samples of `features` numbers, each sample on its own.
///
///     y    = (x - mean) · rstd · weight + bias
///     rstd = 1 / (variance + eps).squareRoot()
///
/// mean and variance are those of the sample; the variance divides by the count.
///
/// With arrays that hold one row of features behind the other:
///
/// ```swift
/// let norm = try LayerNorm(features: 3)
/// let y = try norm.forward([1, 2, 3, 10, 20, 30])   // two rows
/// ```
///
/// What the arrays are made of is part of the type: `LayerNorm(features: 3)` is a `LayerNorm<Float>`; others are in
/// ``LayerNormTypes``. Where the features lie in an array is part of the value: see <doc:Layouts>. How many samples there are
/// comes from the arrays of each call.
///
/// A `LayerNorm` is a value without state: use it from any number of threads and tasks, on outputs of their own. Large
/// calls use several threads themselves; see ``ThreadLimit``. Results have the same bits on every CPU and with any number
/// of threads; see <doc:NumericalContract>.
///
/// Source: Ba, Kiros, Hinton, "Layer Normalization", 2016 (arXiv 1607.06450).
public struct LayerNorm<Types: LayerNormTypes>: Hashable, Sendable {
  /// Of x, y, dy and dx.
  public typealias Element = Types.Element
  /// Of weight and dweight.
  public typealias Weight = Types.Weight
  /// Of bias and dbias.
  public typealias Bias = Types.Bias
  /// Of mean and rstd: `Double` with elements of `Double`, and else `Float`.
  public typealias Statistic = Types.Element.Statistic

  /// The number of elements that are normalized together, 1 or more.
  public let features: Int
  /// The number of samples that lie side by side, 1 or more: from one feature of a sample to the next are so many
  /// elements. 1 is the usual case, where each sample is a row.
  public let inner: Int
  /// What is added to the variance: finite, 0 or more.
  public let eps: Double

  /// For arrays that are seen as `[outer][features][inner]`, with any number of outer blocks.
  ///
  /// - Parameters:
  ///   - features: 1 or more.
  ///   - inner: 1 or more. With images of channels × height × width that are normalized over the channels at each
  ///     pixel: height · width.
  ///   - eps: what is added to the variance; finite, 0 or more.
  /// - Throws: ``LayerNormError`` with the argument that is none of these.
  public init(features: Int, inner: Int = 1, eps: Double = 1e-5) throws(LayerNormError) {
    try self.init(features, inner, eps)
  }

  /// For arrays of this shape, whose elements along `axes` are normalized together.
  ///
  /// ```swift
  /// let shape = [8, 96, 56, 56]
  /// let channels = try LayerNorm(normalizing: 1..<2, of: shape)   // at each pixel
  /// let images = try LayerNorm(normalizing: 1..<4, of: shape)     // channels, height and width together
  /// ```
  ///
  /// Calls may have any number of samples: what stands in `shape` before `axes` does not matter.
  ///
  /// - Parameters:
  ///   - axes: one or more, counted from 0.
  ///   - shape: the sizes of the axes, the slowest first; those of `axes` and behind are 1 or more.
  ///   - eps: what is added to the variance; finite, 0 or more.
  /// - Throws: ``LayerNormError`` with the argument that is none of these.
  public init(normalizing axes: Range<Int>, of shape: [Int], eps: Double = 1e-5) throws(LayerNormError) {
    try self.init(axes, shape, eps)
  }

  private init(_ features: Int, _ inner: Int, _ eps: Double) throws(LayerNormError) {
    guard features >= 1 else { throw .features(features) }
    guard inner >= 1 else { throw .inner(inner) }
    guard eps.isFinite && eps >= 0 else { throw .eps(eps) }
    guard !features.multipliedReportingOverflow(by: inner).overflow else {
      throw .tooManyElements(features: features, inner: inner)
    }
    self.features = features
    self.inner = inner
    self.eps = eps
  }

  private init(_ axes: Range<Int>, _ shape: [Int], _ eps: Double) throws(LayerNormError) {
    guard !axes.isEmpty, axes.lowerBound >= 0, axes.upperBound <= shape.count else {
      throw .axes(axes, dimensions: shape.count)
    }
    let features = try product(of: shape, over: axes)
    try self.init(features, try product(of: shape, over: axes.upperBound..<shape.count), eps)
  }
}

/// Without another type, elements are of `Float`.
extension LayerNorm where Types == Float {
  /// For arrays of `Float` that are seen as `[outer][features][inner]`, with any number of outer blocks.
  public init(features: Int, inner: Int = 1, eps: Double = 1e-5) throws(LayerNormError) {
    try self.init(features, inner, eps)
  }

  /// For arrays of `Float` of this shape, whose elements along `axes` are normalized together.
  public init(normalizing axes: Range<Int>, of shape: [Int], eps: Double = 1e-5) throws(LayerNormError) {
    try self.init(axes, shape, eps)
  }
}

private func product(of shape: [Int], over axes: Range<Int>) throws(LayerNormError) -> Int {
  var product = 1
  for axis in axes {
    guard shape[axis] >= 1 else { throw .size(shape[axis], axis: axis) }
    let (next, overflow) = product.multipliedReportingOverflow(by: shape[axis])
    guard !overflow else { throw .tooManyElements(features: product, inner: shape[axis]) }
    product = next
  }
  return product
}
