import CLibrary
import Planish

/// One shape: the same arrays for both libraries, and results of their own.
struct Cell {
  let norm: LayerNorm<Float>
  private var c: planish_layer_norm
  private let x, dy, weight, bias: [Float]
  private var y, dx, mean, rstd, dweight, dbias: [Float]

  init(rows: Int, features: Int) throws {
    norm = try LayerNorm(features: features)
    c = planish_layer_norm()
    (c.size, c.dtype, c.eps) = (MemoryLayout<planish_layer_norm>.size, PLANISH_F32, norm.eps)
    (c.rows, c.features) = (Int64(rows), Int64(features))
    x = (0..<rows * features).map { Float($0 * 37 % 127 - 63) / 64 }
    dy = (0..<rows * features).map { Float($0 * 53 % 113 - 56) / 64 }
    weight = (0..<features).map { Float($0 % 7 + 1) / 4 }
    bias = (0..<features).map { Float($0 % 5) }
    (y, dx) = (x, x)
    (mean, rstd) = ([Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows))
    (dweight, dbias) = (weight, weight)
  }

  mutating func forwardInSwift() throws { try norm.forward(x, weight, bias, &y, &mean, &rstd) }
  mutating func backwardInSwift() throws { try norm.backward(dy, x, weight, mean, rstd, &dx, &dweight, &dbias) }

  mutating func forward(by library: CFunctions) {
    let status = library.forward(&c, x, weight, bias, &y, &mean, &rstd)
    precondition(status == PLANISH_OK)
  }

  mutating func backward(by library: CFunctions) {
    let status = library.backward(&c, dy, x, weight, mean, rstd, &dx, &dweight, &dbias)
    precondition(status == PLANISH_OK)
  }

  /// Of the last calls: equal bits, as far as equal numbers are.
  var results: [[Float]] { [y, mean, rstd, dx, dweight, dbias] }
}

/// Two properties of one structure cannot lend out mutable spans at the same time, but they can be `inout` arguments.
extension LayerNorm<Float> {
  fileprivate func forward(
    _ x: [Float], _ weight: [Float], _ bias: [Float], _ y: inout [Float], _ mean: inout [Float], _ rstd: inout [Float]
  ) throws {
    try forward(
      x.span, weight: weight.span, bias: bias.span, into: y.mutableSpan, mean: mean.mutableSpan, rstd: rstd.mutableSpan)
  }

  fileprivate func backward(
    _ dy: [Float], _ x: [Float], _ weight: [Float], _ mean: [Float], _ rstd: [Float], _ dx: inout [Float],
    _ dweight: inout [Float], _ dbias: inout [Float]
  ) throws {
    try backward(
      dy.span, x: x.span, weight: weight.span, mean: mean.span, rstd: rstd.span, dx: dx.mutableSpan,
      dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
  }
}
