import Foundation
import Planish
import Testing

/// An edge of float32 in Tests/Cases/edges.txt, which describes the format.
struct Edge: Sendable, CustomTestStringConvertible {
  let name: String
  let rows: Int
  let features: Int
  private let fields: [Substring: Substring]

  var testDescription: String { name }
  var eps: Double { double(fields["eps"]!) }
  /// What must be refused.
  var error: Substring? { fields["error"] }

  static let all: [Edge] = {
    let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)
    let table = try? String(contentsOfFile: folder + "/../Cases/edges.txt", encoding: .utf8)
    let lines = table?.replacingOccurrences(of: "\n ", with: " ").split(separator: "\n") ?? []
    return lines.compactMap { $0.hasPrefix("#") ? nil : Edge($0) }
  }()

  /// nil: not for float32.
  private init?(_ line: Substring) {
    let words = line.split(separator: " ")
    let dtypes = words[1].split(separator: ",")
    guard dtypes.contains("all") || dtypes.contains("f32") else { return nil }
    name = String(words[0])
    let shape = words[2].split(separator: "x").map { Int($0)! }
    (rows, features) = (shape[0], shape[1])
    fields = Dictionary(
      uniqueKeysWithValues: words[3...].map { word in
        let pair = word.split(separator: "=")
        return (pair[0], pair[1])
      })
  }

  var problem: Problem {
    Problem(
      rows: rows, features: features, eps: eps, x: list("x", rows * features)!, dy: list("dy", rows * features)!,
      weight: list("weight", features), bias: list("bias", features))
  }

  /// nil: nothing is checked.
  func expected(_ field: Substring, _ count: Int) -> [Float?]? {
    switch fields[field] {
    case nil: nil
    case "bias": (0..<count).map { list("bias", features)![$0 % features] }
    case "x": (0..<count).map { list("x", rows * features)![$0 * features] }
    case let text?: values(text, count)
    }
  }

  private func list(_ field: Substring, _ count: Int) -> [Float]? {
    fields[field].map { values($0, count).map { $0! } }
  }
}

/// The list, as often as it goes into `count`; nil where an element is not checked.
private func values(_ text: Substring, _ count: Int) -> [Float?] {
  let values = text.split(separator: ",").flatMap { element -> [Float?] in
    let parts = element.split(separator: "*")
    let value = parts.last == "?" ? nil : Float(double(parts.last!))
    return [Float?](repeating: value, count: parts.count == 2 ? Int(parts[0])! : 1)
  }
  return (0..<count).map { values[$0 % values.count] }
}

private func double(_ text: Substring) -> Double {
  let size: Double =
    switch text.drop(while: { $0 == "-" }) {
    case "max": Double(Float.greatestFiniteMagnitude)
    case "sub": Double(Float.leastNonzeroMagnitude)
    case let digits: Double(digits)!
    }
  return text.hasPrefix("-") ? -size : size
}

/// Zeros have signs; any NaN is the same as any other; nil is not checked.
private func expectSame(_ got: [Float], _ expected: [Float?]?, _ what: String) {
  guard let expected else { return }
  #expect(got.count == expected.count, "\(what)")
  for (i, (one, other)) in zip(got, expected).enumerated() {
    guard let other, one.bitPattern != other.bitPattern, !(one.isNaN && other.isNaN) else { continue }
    Issue.record("\(what)[\(i)] is \(one), expected \(other)")
    return
  }
}

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
      let problem = edge.problem
      try EveryLevel.run { level in
        let got = try Results(of: problem)
        let results = [
          ("y", got.y), ("mean", got.mean), ("rstd", got.rstd), ("dx", got.dx), ("dweight", got.dweight),
          ("dbias", got.dbias),
        ]
        for (name, values) in results {
          expectSame(values, edge.expected(Substring(name), values.count), "\(name) at \(level.name)")
        }
        for row in 0..<edge.rows {
          let alone = try Results(of: problem.row(row))
          let elements = row * edge.features..<(row + 1) * edge.features
          expectSame(alone.y, Array(got.y[elements]), "y of row \(row) alone")
          expectSame(alone.dx, Array(got.dx[elements]), "dx of row \(row) alone")
          expectSame(alone.mean + alone.rstd, [got.mean[row], got.rstd[row]], "statistics of row \(row) alone")
        }
      }
    }
  }
}
