import Foundation

/// One result of Planish, and how many rounding steps (see `Expectation`) it may be away from the textbook loops.
struct CheckedResult {
  let name: String
  let values: [Float]
  let expected: Expectation
  let allowed: Double
}

/// What the program prints; the programs in C and Python print the same.
enum Report {
  static func printText(_ e: Embeddings) {
    let beginning = e.texts.prefix(10).joined(separator: " ")
    print("Planish in Swift: the first layer normalization of a transformer\n")
    print("all-MiniLM-L6-v2 turns a text into \(e.tokens) tokens of \(e.features) features: \(beginning) ...")
  }

  /// Mean and standard deviation of the first rows of x, and of what forward made of them without weight and bias.
  static func printRows(_ e: Embeddings, xHat: [Float]) {
    print("Forward gives every token's features mean 0 and standard deviation 1 (then come weight and bias).\n")
    print("  token       mean before     std before     mean after      std after")
    for row in 0..<min(e.tokens, 6) {
      let elements = row * e.features..<(row + 1) * e.features
      print("  " + column(e.texts[row]) + statistics(e.x[elements]) + statistics(xHat[elements]))
    }
  }

  /// Whether all results are as close to the textbook loops as they have to be.
  static func printDifferences(_ results: [CheckedResult]) -> Bool {
    print("\nForward and backward against textbook loops in double precision. A rounding step is 2^-24 of the")
    print("absolute values that a result is added up from: even the exact result, as a float, is up to 1 step away.")
    print("\n  result    largest difference   in rounding steps   allowed")
    var allClose = true
    for result in results {
      let (largest, steps) = result.expected.compare(result.values)
      let close = steps <= result.allowed
      let numbers = String(format: "%20.2e%20.2f%10.0f", largest, steps, result.allowed)
      print("  " + column(result.name) + numbers + (close ? "" : "  TOO FAR"))
      allClose = allClose && close
    }
    return allClose
  }

  static func printDigest(_ results: [CheckedResult]) {
    print(String(format: "\nDigest of the bits of these results: %016llx", digest(results)))
  }

  private static func column(_ text: String) -> String { text.padding(toLength: 8, withPad: " ", startingAt: 0) }

  /// Mean and standard deviation as two columns.
  private static func statistics(_ row: ArraySlice<Float>) -> String {
    let count = Double(row.count)
    let mean = row.reduce(0.0) { $0 + Double($1) } / count
    let variance = row.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    return String(format: "%15.1e%15.6f", mean, variance.squareRoot())
  }

  /// FNV-1a over the little-endian bytes of all results: equal digests mean equal bits.
  private static func digest(_ results: [CheckedResult]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in results.lazy.flatMap(\.values) {
      for shift in stride(from: 0, to: 32, by: 8) {
        hash = (hash ^ UInt64(value.bitPattern >> shift & 0xff)) &* 0x100_0000_01b3
      }
    }
    return hash
  }
}
