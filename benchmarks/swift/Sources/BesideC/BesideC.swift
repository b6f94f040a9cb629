import Planish

/// The Swift library beside the C library, one thread each: medians of many short rounds in turns, and their ratio.
///
///     swift run -c release beside-c ../../build/libplanish.so
@main
struct BesideC {
  static let shapes = [(1, 64), (1, 768), (16, 768), (128, 768), (4096, 768)]

  static func main() throws {
    guard CommandLine.arguments.count == 2 else { fail("usage: beside-c LIBPLANISH.SO") }
    let library = CFunctions(path: CommandLine.arguments[1])
    try ThreadLimit(1).use()
    _ = library.setNumThreads(1)

    print("microseconds on one thread, medians; Swift / C is 1 where both are as fast")
    print("rows x features  operation         C     Swift  Swift / C")
    for (rows, features) in shapes {
      var cell = try Cell(rows: rows, features: features)
      // The results are compared first, which also warms everything up.
      cell.forward(by: library)
      cell.backward(by: library)
      let results = cell.results
      try cell.forwardInSwift()
      try cell.backwardInSwift()
      guard cell.results == results else { fail("the results for \(rows) x \(features) differ") }

      let calls = max(1, 100_000 / (rows * features))
      try report(
        rows, features, "forward ", calls, { cell.forward(by: library) }, { try cell.forwardInSwift() })
      try report(
        rows, features, "backward", calls, { cell.backward(by: library) }, { try cell.backwardInSwift() })
    }
  }

  private static func report(
    _ rows: Int, _ features: Int, _ operation: String, _ calls: Int, _ c: () throws -> Void, _ swift: () throws -> Void
  ) throws {
    var (timesOfC, timesOfSwift): ([Double], [Double]) = ([], [])
    let start = ContinuousClock.now
    while timesOfC.count < 30 || start.duration(to: .now) < .milliseconds(800) {
      timesOfC.append(try microseconds(calls, c))
      timesOfSwift.append(try microseconds(calls, swift))
    }
    let (ofC, ofSwift) = (median(timesOfC), median(timesOfSwift))
    let shape = "\(rows) x \(features)".padded(to: 16)
    print(shape, operation, number(ofC), number(ofSwift), number(ofSwift / ofC))
  }

  /// Of one call.
  private static func microseconds(_ calls: Int, _ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    for _ in 0..<calls { try body() }
    return start.duration(to: .now) / .microseconds(1) / Double(calls)
  }

  private static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

  /// With three digits behind the point, in nine columns.
  private static func number(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let text = "\(thousandths / 1000)." + "\(1000 + thousandths % 1000)".dropFirst()
    return String(repeating: " ", count: max(0, 9 - text.count)) + text
  }
}

extension String {
  fileprivate func padded(to count: Int) -> String { self + String(repeating: " ", count: max(0, count - self.count)) }
}
