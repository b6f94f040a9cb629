import Planish
import Testing

/// What `LayerNorm.init` refuses.
@Suite struct InitErrors {
  @Test(arguments: [0, -1, Int.min]) func features(_ features: Int) {
    let error = #expect(throws: LayerNormError.features(features)) { try LayerNorm(features: features) }
    #expect(error.map(\.description) == "features is \(features); it must be 1 or more")
  }

  @Test(arguments: [-1e-5, -.infinity, .infinity, -.leastNonzeroMagnitude]) func eps(_ eps: Double) {
    let error = #expect(throws: LayerNormError.eps(eps)) { try LayerNorm(features: 4, eps: eps) }
    #expect(error.map(\.description) == "eps is \(eps); it must be finite and 0 or more")
  }

  @Test(arguments: [Double.nan, .signalingNaN, -.nan]) func epsNaN(_ eps: Double) {
    let error = #expect(throws: LayerNormError.self) { try LayerNorm(features: 4, eps: eps) }
    guard case .eps(let value) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(value.isNaN)
    #expect(error.map { $0.description.hasSuffix("nan; it must be finite and 0 or more") } == true)
  }

  @Test func theLeastAreFine() throws {
    let norm = try LayerNorm(features: 1, eps: 0)
    #expect(norm.features == 1 && norm.eps == 0)
    #expect(try LayerNorm(features: .max, eps: .greatestFiniteMagnitude).features == .max)
    #expect(try LayerNorm(features: 1, eps: -0.0).eps == 0)
  }
}

@Suite struct Descriptions {
  @Test func sentences() {
    #expect("\(LayerNormError.features(0))" == "features is 0; it must be 1 or more")
    #expect("\(LayerNormError.eps(-0.5))" == "eps is -0.5; it must be finite and 0 or more")
    #expect(
      "\(LayerNormError.partialRow(argument: "x", count: 5, features: 4))"
        == "x has 5 elements, which is no whole number of rows of 4 features")
    #expect(
      "\(LayerNormError.wrongCount(argument: "weight", count: 3, expected: 4))"
        == "weight has 3 elements; it must have 4")
  }
}
