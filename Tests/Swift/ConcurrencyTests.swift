import Planish
import Testing

@Test func oneValueInManyTasks() async throws {
  let problem = try #require(SharedCase.all.first { $0.problem.rows > 100 && $0.problem.features > 100 }).problem
  let norm = try LayerNorm(features: problem.features, eps: problem.eps)
  let expected = try Results(of: problem)
  let digests = try await withThrowingTaskGroup(of: UInt64.self) { group in
    for _ in 0..<64 {
      group.addTask {
        var got = expected
        got.y = try norm.forward(problem.x, weight: problem.weight, bias: problem.bias)
        try norm.backward(
          problem.dy.span, x: problem.x.span, weight: problem.weight?.span, dx: got.dx.mutableSpan,
          dweight: got.dweight.mutableSpan, dbias: got.dbias.mutableSpan)
        return got.digest
      }
    }
    return try await group.reduce(into: [UInt64]()) { $0.append($1) }
  }
  #expect(digests == [UInt64](repeating: expected.digest, count: 64))
}
