import Planish
import Testing

@Test func oneValueInManyTasks() async throws {
  let problem = try #require(SharedCase.all.first { $0.problem.rows > 100 && $0.problem.features > 100 }).problem
  let norm = try LayerNorm(features: problem.features, eps: problem.eps)
  let expected = try Results(of: problem)
  let digests = try await withThrowingTaskGroup(of: UInt64.self) { group in
    for _ in 0..<64 {
      group.addTask { try results(of: problem, norm).digest }
    }
    return try await group.reduce(into: [UInt64]()) { $0.append($1) }
  }
  #expect(digests == [UInt64](repeating: expected.digest, count: 64))
}

private func results(of problem: Problem, _ norm: LayerNorm<Float>) throws -> Results {
  var got = Results(blankFor: problem)
  try norm.forward(
    arrays: problem.x, weight: problem.weight, bias: problem.bias, y: &got.y, mean: &got.mean, rstd: &got.rstd)
  try norm.backward(
    arrays: problem.dy, x: problem.x, weight: problem.weight, mean: nil, rstd: nil, dx: &got.dx,
    dweight: &got.dweight, dbias: &got.dbias)
  return got
}
