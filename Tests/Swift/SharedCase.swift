import CReference
import Testing

/// A line of Tests/Cases/layer_norm.txt.
struct SharedCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Contiguous: the bits of the results do not depend on the stride in the table.
  let problem: Problem
  /// nil: not recorded yet.
  let digest: UInt64?

  var testDescription: String { name }

  /// Empty, after a message on stderr, if the table cannot be read.
  static let all: [SharedCase] = {
    let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)
    var count = 0
    guard let lines = read_cases(folder + "/../Cases/layer_norm.txt", &count) else { return [] }
    defer { lines.deallocate() }
    return (0..<count).map { SharedCase(&lines[$0]) }
  }()

  private init(_ line: inout norm_case) {
    name = withUnsafeBytes(of: line.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let (rows, features) = (Int(line.rows), Int(line.features))
    problem = Problem(
      rows: rows, features: features, eps: line.eps,
      x: made(by: make_x, &line, rows * features),
      dy: made(by: make_dy, &line, rows * features),
      weight: line.weight ? made(by: make_weight, &line, features) : nil,
      bias: line.bias ? made(by: make_bias, &line, features) : nil)
    digest = line.recorded ? line.digest : nil
  }
}

private typealias Maker = (UnsafePointer<norm_case>?, UnsafeMutablePointer<Float>?) -> Void

private func made(by make: Maker, _ line: inout norm_case, _ count: Int) -> [Float] {
  [Float](unsafeUninitializedCapacity: count) { elements, made in
    make(&line, elements.baseAddress)
    made = count
  }
}
