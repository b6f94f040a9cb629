import Planish
import Testing

@Test func wrongCountsAreNamed() throws {
  let norm = try LayerNorm(features: 4)
  #expect(throws: LayerNormError.wrongCount(argument: "weight", count: 3, expected: 4)) {
    _ = try norm.forward([1, 2, 3, 4], weight: [1, 2, 3])
  }
}
