internal import PlanishCore

/// A number that arrays can be made of: `Float`, `Double`, `Float16` or ``BFloat16``, and no other type.
///
/// Each is also the simplest of ``LayerNormTypes``: the one where all arrays have this element. If a type of yours
/// conforms, every call with it throws ``LayerNormError/elementType(_:)``.
public protocol LayerNormElement: LayerNormTypes, BitwiseCopyable, Hashable, Sendable
where Element == Self, Weight == Self, Bias == Self {
  /// What mean and rstd are made of, and what is computed in: `Double` for `Double`, `Float` for all others.
  associatedtype Statistic: LayerNormElement where Statistic.Statistic == Statistic
}

extension Float: LayerNormElement {
  public typealias Statistic = Float
}

extension Double: LayerNormElement {
  public typealias Statistic = Double
}

extension Float16: LayerNormElement {
  public typealias Statistic = Float
}

extension BFloat16: LayerNormElement {
  public typealias Statistic = Float
}

extension Dtype {
  init(_ element: Any.Type) throws(LayerNormError) {
    if element == Float.self {
      self = .float32
    } else if element == Double.self {
      self = .float64
    } else if element == Float16.self {
      self = .float16
    } else if element == BFloat16.self {
      self = .bfloat16
    } else {
      throw .elementType("\(element)")
    }
  }
}
