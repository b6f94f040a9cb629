import Planish
import Testing

/// Numbers that can be checked by hand, and that every element type holds.
@Suite struct ElementTypes {
  @Test func double() throws { try check(Double.self, element: { $0 }, value: { $0 }) }
  @Test func float() throws { try check(Float.self, element: { Float($0) }, value: { Double($0) }) }
  @Test func float16() throws { try check(Float16.self, element: { Float16($0) }, value: { Double($0) }) }
  @Test func bfloat16() throws { try check(BFloat16.self, element: { BFloat16(Float($0)) }, value: { Double($0) }) }

  private func check<Element: LayerNormElement>(
    _ type: Element.Type, element: (Double) -> Element, value: (Element) -> Double
  ) throws {
    let norm = try LayerNorm<Element>(features: 2, eps: 3)
    let (x, dy) = ([4, 6, 0, 2].map(element), [1, 0, 0, 4].map(element))
    let (y, statistics) = try norm.forwardWithStatistics(x)
    #expect(y.map(value) == [-0.5, 0.5, -0.5, 0.5])
    #expect(statistics.mean.map { "\($0)" } == ["5.0", "1.0"])
    #expect(statistics.rstd.map { "\($0)" } == ["0.5", "0.5"])
    let gradients = try norm.backward(dy, x: x, statistics: statistics)
    #expect(gradients.dx.map(value) == [0.1875, -0.1875, -0.75, 0.75])
    #expect(gradients.dweight.map(value) == [-0.5, 2])
    #expect(gradients.dbias.map(value) == [1, 4])
  }

  /// The weight and bias that are the same numbers give the same bits, and gradients that are rounded less.
  @Test func parametersInFloat() throws {
    let x: [Float16] = (0..<48).map { Float16($0 * $0 % 37) / 4 }
    let dy: [Float16] = (0..<48).map { Float16($0 * 5 % 23 - 11) / 8 }
    let (weight, bias): ([Float16], [Float16]) = ((1...16).map { Float16($0) / 8 }, (1...16).map { Float16(-$0) })
    let (wideWeight, wideBias) = (weight.map { Float($0) }, bias.map { Float($0) })

    let own = try LayerNorm<Float16>(features: 16)
    let y = try own.forward(x, weight: weight, bias: bias)
    let gradients = try own.backward(dy, x: x, weight: weight)

    let both = try LayerNorm<FloatParameters<Float16>>(features: 16)
    #expect(try both.forward(x, weight: wideWeight, bias: wideBias) == y)
    let ofBoth = try both.backward(dy, x: x, weight: wideWeight)
    #expect(ofBoth.dx == gradients.dx)
    #expect(ofBoth.dweight.map { Float16($0) } == gradients.dweight)
    #expect(ofBoth.dweight != gradients.dweight.map { Float($0) })
    #expect(ofBoth.dbias.map { Float16($0) } == gradients.dbias)

    let first = try LayerNorm<FloatWeight<Float16>>(features: 16)
    #expect(try first.forward(x, weight: wideWeight, bias: bias) == y)
    let ofFirst = try first.backward(dy, x: x, weight: wideWeight)
    #expect(ofFirst.dx == gradients.dx)
    #expect(ofFirst.dweight == ofBoth.dweight)
    #expect(ofFirst.dbias == gradients.dbias)

    let second = try LayerNorm<FloatBias<Float16>>(features: 16)
    #expect(try second.forward(x, weight: weight, bias: wideBias) == y)
    let ofSecond = try second.backward(dy, x: x, weight: weight)
    #expect(ofSecond.dx == gradients.dx)
    #expect(ofSecond.dweight == gradients.dweight)
    #expect(ofSecond.dbias == ofBoth.dbias)
  }

  @Test func withoutATypeItIsFloat() throws {
    #expect(type(of: try LayerNorm(features: 3)) == LayerNorm<Float>.self)
    #expect(type(of: try LayerNorm(normalizing: 0..<1, of: [3])) == LayerNorm<Float>.self)
  }

  /// A type that is smaller than what it says that it stands for would be read beyond its end.
  @Test func noOthers() throws {
    let error = LayerNormError.elementType("Stranger")
    #expect(throws: error) { try LayerNorm<Stranger>(features: 1).forward([Stranger()]) }
    #expect("\(error)" == "Stranger is none of Float, Double, Float16 and BFloat16")
    #expect(throws: LayerNormError.self) { try LayerNorm<StrangeWeight>(features: 1).forward([1]) }
    #expect(throws: LayerNormError.self) { try LayerNorm<DoubleWeight>(features: 1).forward([1]) }
  }
}

private struct Stranger: LayerNormElement {
  typealias Statistic = Float
}

private enum StrangeWeight: LayerNormTypes {
  typealias Element = Float
  typealias Weight = Stranger
  typealias Bias = Float
}

private enum DoubleWeight: LayerNormTypes {
  typealias Element = Float
  typealias Weight = Double
  typealias Bias = Float
}
