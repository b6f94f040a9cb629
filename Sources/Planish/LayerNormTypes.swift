/// What the arrays of a layer normalization are made of.
///
/// An element stands for itself everywhere: `LayerNorm<Float16>` has x, y, weight, bias and their gradients in `Float16`.
/// With elements of 16 bits, weight and bias may be in `Float` instead, together or one of them:
///
/// | | x, y, dy, dx | weight, dweight | bias, dbias | mean, rstd |
/// |---|---|---|---|---|
/// | `LayerNorm<Float>` | `Float` | `Float` | `Float` | `Float` |
/// | `LayerNorm<Double>` | `Double` | `Double` | `Double` | `Double` |
/// | `LayerNorm<Float16>` | `Float16` | `Float16` | `Float16` | `Float` |
/// | `LayerNorm<FloatParameters<Float16>>` | `Float16` | `Float` | `Float` | `Float` |
/// | `LayerNorm<FloatWeight<Float16>>` | `Float16` | `Float` | `Float16` | `Float` |
/// | `LayerNorm<FloatBias<Float16>>` | `Float16` | `Float16` | `Float` | `Float` |
///
/// The last four are there for ``BFloat16`` too.
public protocol LayerNormTypes: Sendable {
  /// Of x, y, dy and dx.
  associatedtype Element: LayerNormElement
  /// Of weight and dweight: `Element`, or `Element.Statistic`.
  associatedtype Weight: LayerNormElement
  /// Of bias and dbias: `Element`, or `Element.Statistic`.
  associatedtype Bias: LayerNormElement
}

/// Elements of 16 bits, with weight and bias in `Float`.
public enum FloatParameters<Element: LayerNormElement>: LayerNormTypes where Element.Statistic == Float {
  public typealias Weight = Float
  public typealias Bias = Float
}

/// Elements of 16 bits, with the weight in `Float`.
public enum FloatWeight<Element: LayerNormElement>: LayerNormTypes where Element.Statistic == Float {
  public typealias Weight = Float
  public typealias Bias = Element
}

/// Elements of 16 bits, with the bias in `Float`.
public enum FloatBias<Element: LayerNormElement>: LayerNormTypes where Element.Statistic == Float {
  public typealias Weight = Element
  public typealias Bias = Float
}
