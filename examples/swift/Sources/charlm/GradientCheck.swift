import Foundation

/// The gradients that backward computes against differences of losses, in double precision.
enum GradientCheck {
  /// The largest error, as a share of the gradients' size, over a few elements of every parameter.
  static func run(_ text: Text) throws {
    var random = Random(seed: 2)
    var model = try Model<Double>(Sizes(alphabet: text.alphabet.count, context: 4, embedding: 5, hidden: 16), &random)
    let batch = Batch(6, of: text, context: 4, &random)
    _ = try model.loss(of: batch)

    print("Gradients against differences of losses: the largest error of a few elements, as a share of the largest one")
    for (name, path) in Model<Double>.parameters {
      let gradient = model[keyPath: path].gradient
      let size = gradient.map(abs).max()!
      var error = 0.0
      for _ in 0..<6 {
        let i = gradient.indices.randomElement(using: &random)!
        error = max(error, abs(try difference(model, path, i, batch) - gradient[i]) / size)
      }
      print("  " + name.padding(toLength: 20, withPad: " ", startingAt: 0) + String(format: "%.0e", error))
      guard error < 1e-7 else { throw Failure("the gradient of \(name) is wrong") }
    }
  }

  /// The slope of the loss along one element.
  private static func difference(
    _ model: Model<Double>, _ path: WritableKeyPath<Model<Double>, Parameter<Double>>, _ i: Int, _ batch: Batch
  ) throws -> Double {
    let step = 1e-5
    var (above, below) = (model, model)
    above[keyPath: path].values[i] += step
    below[keyPath: path].values[i] -= step
    return (try above.loss(of: batch) - below.loss(of: batch)) / (2 * step)
  }
}
