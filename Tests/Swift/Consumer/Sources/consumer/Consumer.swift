import Planish

/// What the package's users write: values that cross tasks, code for every element type, errors that are caught by type.
@main
struct Consumer {
  static func main() async throws {
    let norm = try LayerNorm(features: 4)
    let x: [Float] = [1, 2, 3, 4, 10, 20, 30, 40]
    let y = try norm.forward(x)
    guard y.prefix(4) == [-1.3416355, -0.4472118, 0.4472118, 1.3416355] else { fatalError("y is \(y)") }

    try await withThrowingTaskGroup { group in
      for _ in 0..<8 { group.addTask { try norm.forward(x) } }
      for try await other in group where other != y { fatalError("a task has \(other)") }
    }

    try shrink(LayerNorm<FloatParameters<BFloat16>>(features: 4), [1, 2, 3, 4])
    try shrink(LayerNorm<Double>(features: 2, inner: 2), [1, 2, 3, 4])

    do {
      _ = try norm.forward([1, 2, 3])
      fatalError("three elements are taken for rows of four")
    } catch .partialRow(let argument, let count, let features, _) {
      guard (argument, count, features) == ("x", 3, 4) else { fatalError("\(argument) \(count) \(features)") }
    } catch {
      fatalError("\(error)")
    }
    print("on \(try CPULevel.current()), with up to \(try ThreadLimit.current()) threads: as it should be")
  }

  /// In place, with any element type.
  static func shrink<Types>(_ norm: LayerNorm<Types>, _ rows: [Types.Element]) throws(LayerNormError) {
    var rows = rows
    try norm.forward(inPlace: rows.mutableSpan)
    let gradients = try norm.backward(rows, x: rows)
    guard gradients.dweight.count == norm.features else { fatalError("\(gradients)") }
  }
}
