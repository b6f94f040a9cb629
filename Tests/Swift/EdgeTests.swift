import Planish
import Testing

@Test func theTableHasEdgesWithUniqueNames() {
  #expect(!Edge.all.isEmpty)
  #expect(Set(Edge.all.map(\.name)).count == Edge.all.count)
}

@Suite struct Edges {
  @Test(arguments: Edge.all.filter { $0.error != nil }) func refused(_ edge: Edge) {
    let error = #expect(throws: LayerNormError.self) { try LayerNorm(features: edge.features, eps: edge.eps) }
    #expect(error?.description.hasPrefix("\(edge.error!) is ") == true)
  }
}

extension EveryLevel {
  @Suite struct Edges {
    @Test(arguments: Edge.all.filter { $0.error == nil }) func asInTheTable(_ edge: Edge) throws {
      try check(edge, Float.self)
      try check(edge, Double.self)
      try check(edge, Float16.self)
      try check(edge, BFloat16.self)
    }

    private func check<Element: EdgeElement>(_ edge: Edge, _ element: Element.Type) throws {
      guard edge.isFor(element) else { return }
      try EveryLevel.run { level in
        let place = "of \(element) at \(level.name)"
        let all = try EdgeResults<Element>(edge)
        for (name, values) in [("y", all.y), ("dx", all.dx), ("dweight", all.dweight), ("dbias", all.dbias)] {
          expectSame(values, edge.expected(Substring(name), values.count, x: element), "\(name) \(place)")
        }
        for (name, values) in [("mean", all.mean), ("rstd", all.rstd)] {
          expectSame(values, edge.expected(Substring(name), values.count, x: element), "\(name) \(place)")
        }
        for row in 0..<edge.rows {
          let alone = try EdgeResults<Element>(edge, row: row)
          let elements = row * edge.features..<(row + 1) * edge.features
          expectSame(alone.y, Array(all.y[elements]), "y of row \(row) alone \(place)")
          expectSame(alone.dx, Array(all.dx[elements]), "dx of row \(row) alone \(place)")
          expectSame(
            alone.mean + alone.rstd, [all.mean[row], all.rstd[row]], "statistics of row \(row) alone \(place)")
        }
      }
    }
  }
}

/// What forward and backward make of an edge, or of one row of it.
private struct EdgeResults<Element: EdgeElement> {
  let y, dx, dweight, dbias: [Element]
  let mean, rstd: [Element.Statistic]

  init(_ edge: Edge, row: Int? = nil) throws {
    let elements = row.map { $0 * edge.features..<($0 + 1) * edge.features } ?? 0..<edge.rows * edge.features
    let x = Array((edge.list("x", edge.rows * edge.features)! as [Element])[elements])
    let dy = Array((edge.list("dy", edge.rows * edge.features)! as [Element])[elements])
    let weight: [Element]? = edge.list("weight", edge.features)
    let norm = try LayerNorm<Element>(features: edge.features, eps: edge.eps)
    let (y, statistics) = try norm.forwardWithStatistics(x, weight: weight, bias: edge.list("bias", edge.features))
    let gradients = try norm.backward(dy, x: x, weight: weight, statistics: statistics)
    (self.y, mean, rstd) = (y, statistics.mean, statistics.rstd)
    (dx, dweight, dbias) = (gradients.dx, gradients.dweight, gradients.dbias)
  }
}

/// Zeros have signs; any NaN is the same as any other; nil is not checked.
private func expectSame<Element: EdgeElement>(_ got: [Element], _ expected: [Element?]?, _ what: String) {
  guard let expected else { return }
  #expect(got.count == expected.count, "\(what)")
  for (i, (one, other)) in zip(got, expected).enumerated() {
    guard let other = other?.exact, one.exact.bitPattern != other.bitPattern, !(one.exact.isNaN && other.isNaN) else {
      continue
    }
    Issue.record("\(what)[\(i)] is \(one), expected \(other)")
    return
  }
}
