import Foundation
import Planish

/// Layer normalization of real data with Planish, forward and backward, checked against textbook loops.
///
///     swift run minilm ../data/minilm-embeddings.bin
///
/// The programs of the same name in C and Python do the same and print the same digest.
@main
struct Minilm {
  static func main() {
    guard CommandLine.arguments.count == 2 else { fail("usage: minilm FILE") }
    let path = CommandLine.arguments[1]
    do {
      try run(Embeddings(contentsOf: path))
    } catch {
      fail("\(path): \(error)")
    }
  }

  static func run(_ e: Embeddings) throws {
    let dy = upstreamGradient(count: e.x.count)

    var y = zeros(e.x.count)
    var mean = zeros(e.tokens)
    var rstd = zeros(e.tokens)
    var dx = zeros(e.x.count)
    var dweight = zeros(e.features)
    var dbias = zeros(e.features)

    let norm = try LayerNorm(features: e.features, eps: e.eps)
    try norm.forward(
      e.x.span, weight: e.weight.span, bias: e.bias.span, into: y.mutableSpan, mean: mean.mutableSpan,
      rstd: rstd.mutableSpan)
    try norm.backward(
      dy.span, x: e.x.span, weight: e.weight.span, mean: mean.span, rstd: rstd.span, dx: dx.mutableSpan,
      dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)

    // The same without weight and bias, which is nothing but (x - mean) · rstd.
    let xHat = try norm.forward(e.x)

    let textbook = Textbook(e, dy: dy)
    // The bounds are two to four times what was measured on this file. dbias is exact: it adds up multiples of 1/64.
    let results = [
      CheckedResult(name: "y", values: y, expected: textbook.y, allowed: 8),
      CheckedResult(name: "mean", values: mean, expected: textbook.mean, allowed: 1),
      CheckedResult(name: "rstd", values: rstd, expected: textbook.rstd, allowed: 3),
      CheckedResult(name: "dx", values: dx, expected: textbook.dx, allowed: 6),
      CheckedResult(name: "dweight", values: dweight, expected: textbook.dweight, allowed: 4),
      CheckedResult(name: "dbias", values: dbias, expected: textbook.dbias, allowed: 0),
    ]
    Report.printText(e)
    Report.printRows(e, xHat: xHat)
    let allClose = Report.printDifferences(results)
    Report.printDigest(results)
    guard allClose else { throw Failure("some results are further from the textbook loops than their bound allows") }
  }

  /// A made-up gradient of y, the same in all three languages: multiples of 1/64 between -1 and 1, exact in Float.
  static func upstreamGradient(count: Int) -> [Float] {
    (0..<count).map { Float($0 * 37 % 127 - 63) / 64 }
  }

  static func zeros(_ count: Int) -> [Float] { Array(repeating: 0, count: count) }

  static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("minilm: \(message)\n".utf8))
    exit(1)
  }
}
