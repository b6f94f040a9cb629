import PlanishCore

/// Layer normalization of rows of `features` numbers, each row on its own.
///
///     y    = (x - mean) · rstd · weight + bias
///     rstd = 1 / (variance + eps).squareRoot()      mean and variance of the row; the variance divides by the count
///
/// Source: Ba, Kiros, Hinton, "Layer Normalization", 2016 (arXiv 1607.06450).
///
///     let norm = try LayerNorm(features: 3)
///     let y = try norm.forward([1, 2, 3, 10, 20, 30])   // two rows
///
/// Arrays hold whole rows, one behind the other: the number of rows is the number of elements divided by `features`.
/// Results have the same bits on every CPU and do not depend on other rows. A `LayerNorm` is a value without state: use
/// it from any number of threads.
public struct LayerNorm: Hashable, Sendable {
  /// The number of elements in a row, 1 or more.
  public let features: Int
  /// What is added to the variance: finite, 0 or more.
  public let eps: Double

  /// Throws if `features` is less than 1, or `eps` negative, infinite or not a number.
  public init(features: Int, eps: Double = 1e-5) throws(LayerNormError) {
    guard features >= 1 else { throw .features(features) }
    guard eps.isFinite && eps >= 0 else { throw .eps(eps) }
    self.features = features
    self.eps = eps
  }

  /// The shape of a call; throws if an array has a length that does not fit.
  func shape(of argument: String, count: Int) throws(LayerNormError) -> Shape {
    guard count % features == 0 else { throw .partialRow(argument: argument, count: count, features: features) }
    return Shape(dtype: .float32, rows: count / features, features: features, eps: eps)
  }
}
