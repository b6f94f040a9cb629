import Planish

/// What the model computes in: `Float` to train, `Double` to check the gradients.
typealias Scalar = LayerNormElement & BinaryFloatingPoint

/// Numbers that are learned, and their gradient.
struct Parameter<S: Scalar> {
  var values: [S]
  var gradient: [S]
  private var first: [S]
  private var second: [S]

  init(_ values: [S]) {
    self.values = values
    gradient = [S](repeating: 0, count: values.count)
    (first, second) = (gradient, gradient)
  }

  init(_ count: Int, within limit: Double, _ random: inout Random) {
    self.init((0..<count).map { _ in S(random.uniform(limit)) })
  }

  /// A step of Adam (Kingma, Ba 2014, arXiv 1412.6980); then the gradient is zero again.
  mutating func learn(rate: S, step: Int) {
    let (keepFirst, keepSecond): (S, S) = (0.9, 0.99)
    let correction = S((1 - power(0.99, step)).squareRoot() / (1 - power(0.9, step)))
    for i in values.indices {
      first[i] = keepFirst * first[i] + (1 - keepFirst) * gradient[i]
      second[i] = keepSecond * second[i] + (1 - keepSecond) * gradient[i] * gradient[i]
      values[i] -= rate * correction * first[i] / (second[i].squareRoot() + 1e-8)
      gradient[i] = 0
    }
  }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
  (0..<exponent).reduce(1.0) { power, _ in power * base }
}
