/// y = x · weight + bias, for rows of x.
struct Linear<S: Scalar> {
  let inputs: Int
  let outputs: Int
  var weight: Parameter<S>  // inputs rows of outputs
  var bias: Parameter<S>

  init(_ inputs: Int, _ outputs: Int, _ random: inout Random) {
    (self.inputs, self.outputs) = (inputs, outputs)
    weight = Parameter(inputs * outputs, within: 1 / Double(inputs).squareRoot(), &random)
    bias = Parameter([S](repeating: 0, count: outputs))
  }

  func forward(_ x: [S]) -> [S] {
    let rows = x.count / inputs
    var y = [S](repeating: 0, count: rows * outputs)
    for row in 0..<rows {
      for o in 0..<outputs { y[row * outputs + o] = bias.values[o] }
      for i in 0..<inputs {
        let factor = x[row * inputs + i]
        for o in 0..<outputs { y[row * outputs + o] += factor * weight.values[i * outputs + o] }
      }
    }
    return y
  }

  /// The gradient of x; those of weight and bias are added to what is there.
  mutating func backward(_ dy: [S], x: [S]) -> [S] {
    let rows = x.count / inputs
    var dx = [S](repeating: 0, count: x.count)
    for row in 0..<rows {
      for o in 0..<outputs { bias.gradient[o] += dy[row * outputs + o] }
      for i in 0..<inputs {
        let factor = x[row * inputs + i]
        var sum: S = 0
        for o in 0..<outputs {
          sum += dy[row * outputs + o] * weight.values[i * outputs + o]
          weight.gradient[i * outputs + o] += factor * dy[row * outputs + o]
        }
        dx[row * inputs + i] = sum
      }
    }
    return dx
  }
}
