import CLibrary
import Planish

/// One shape: the same arrays for both libraries, and results of their own.
struct Cell {
  let norm: LayerNorm<Float>
  private var c: planish_layer_norm
  private let x, dy, weight, bias: [Float]
  private var y: [Float]
  private var statistics: LayerNorm<Float>.Statistics
  private var gradients: LayerNorm<Float>.Gradients

  init(rows: Int, features: Int) throws {
    norm = try LayerNorm(features: features)
    c = planish_layer_norm()
    (c.size, c.dtype, c.eps) = (MemoryLayout<planish_layer_norm>.size, PLANISH_F32, norm.eps)
    (c.rows, c.features) = (Int64(rows), Int64(features))
    x = (0..<rows * features).map { Float($0 * 37 % 127 - 63) / 64 }
    dy = (0..<rows * features).map { Float($0 * 53 % 113 - 56) / 64 }
    weight = (0..<features).map { Float($0 % 7 + 1) / 4 }
    bias = (0..<features).map { Float($0 % 5) }
    y = x
    let zeros = [Float](repeating: 0, count: rows)
    statistics = .init(mean: zeros, rstd: zeros)
    gradients = .init(dx: x, dweight: weight, dbias: bias)
  }

  mutating func forwardInSwift() throws {
    try norm.forward(x, weight: weight, bias: bias, into: &y, statistics: &statistics)
  }

  mutating func backwardInSwift() throws {
    try norm.backward(dy, x: x, weight: weight, statistics: statistics, into: &gradients)
  }

  mutating func forward(by library: CFunctions) {
    let status = library.forward(&c, x, weight, bias, &y, &statistics.mean, &statistics.rstd)
    precondition(status == PLANISH_OK)
  }

  mutating func backward(by library: CFunctions) {
    let status = library.backward(
      &c, dy, x, weight, statistics.mean, statistics.rstd, &gradients.dx, &gradients.dweight, &gradients.dbias)
    precondition(status == PLANISH_OK)
  }

  /// Of the last calls: equal bits, as far as equal numbers are.
  var results: [[Float]] {
    [y, statistics.mean, statistics.rstd, gradients.dx, gradients.dweight, gradients.dbias]
  }
}
