import Planish

/// Layer normalization with a weight and a bias that are learned.
struct Norm<S: Scalar> {
  typealias Statistics = LayerNorm<S>.Statistics

  private let norm: LayerNorm<S>
  var weight: Parameter<S>
  var bias: Parameter<S>

  init(features: Int) throws {
    norm = try LayerNorm<S>(features: features)
    weight = Parameter([S](repeating: 1, count: features))
    bias = Parameter([S](repeating: 0, count: features))
  }

  func forward(_ x: [S]) throws -> (y: [S], statistics: Statistics) {
    try norm.forwardWithStatistics(x, weight: weight.values, bias: bias.values)
  }

  /// The gradient of x; those of weight and bias are added to what is there.
  mutating func backward(_ dy: [S], x: [S], _ statistics: Statistics) throws -> [S] {
    let gradients = try norm.backward(dy, x: x, weight: weight.values, statistics: statistics)
    for i in 0..<norm.features {
      weight.gradient[i] += gradients.dweight[i]
      bias.gradient[i] += gradients.dbias[i]
    }
    return gradients.dx
  }
}
