import CReference
import Planish
import Testing

/// A line of python/planish/verify.txt: problems of all dtypes, in rows and with the features apart, and the digest of
/// the results that every machine must get.
struct VerifyLine: Sendable, CustomTestStringConvertible {
  let cases: ArraySlice<VerifyCase>

  var first: verify_case { cases.first!.c }
  var testDescription: String {
    "\(text(first.operation)) \(dtypes), inner \(cases.map(\.c.inner))"
  }
  var dtypes: String { [text(first.dtype), text(first.weight_dtype), text(first.bias_dtype)].joined(separator: " ") }

  /// Empty, after a message on stderr, if the table cannot be read.
  static let all: [VerifyLine] = {
    let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)
    var count = 0
    guard let table = read_verify(folder + "/../../python/planish/verify.txt", &count) else { return [] }
    let cases = (0..<count).map { VerifyCase(c: table[$0]) }
    let starts = cases.indices.filter { $0 == 0 || cases[$0].c.line != cases[$0 - 1].c.line } + [cases.count]
    return zip(starts, starts.dropFirst()).map { VerifyLine(cases: cases[$0..<$1]) }
  }()
}

/// What C keeps behind its pointer never changes.
struct VerifyCase: @unchecked Sendable {
  let c: verify_case

  func made<Element>(_ array: String, _ count: Int64) -> [Element] {
    [Element](unsafeUninitializedCapacity: Int(count)) { elements, made in
      withUnsafePointer(to: c) { verify_make($0, array, elements.baseAddress) }
      made = Int(count)
    }
  }
}

private func text<Characters>(_ characters: Characters) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

@Test func theVerifyTableHasEveryDtype() {
  let dtypes = Set(VerifyLine.all.map(\.dtypes))
  #expect(dtypes.isSuperset(of: ["f32 f32 f32", "f64 f64 f64", "f16 f16 f16", "bf16 bf16 bf16"]))
  #expect(dtypes.isSuperset(of: ["f16 f32 f32", "bf16 f32 f32"]))
  #expect(VerifyLine.all.contains { $0.cases.contains { $0.c.inner > 1 } })
}

extension EveryLevel {
  @Suite struct Verify {
    @Test(arguments: VerifyLine.all) func publishedDigest(_ line: VerifyLine) throws {
      switch line.dtypes {
      case "f32 f32 f32": try check(Float.self, line)
      case "f64 f64 f64": try check(Double.self, line)
      case "f16 f16 f16": try check(Float16.self, line)
      case "f16 f32 f32": try check(FloatParameters<Float16>.self, line)
      case "f16 f32 f16": try check(FloatWeight<Float16>.self, line)
      case "f16 f16 f32": try check(FloatBias<Float16>.self, line)
      case "bf16 bf16 bf16": try check(BFloat16.self, line)
      case "bf16 f32 f32": try check(FloatParameters<BFloat16>.self, line)
      case "bf16 f32 bf16": try check(FloatWeight<BFloat16>.self, line)
      case "bf16 bf16 f32": try check(FloatBias<BFloat16>.self, line)
      case let dtypes: Issue.record("\(dtypes)")
      }
    }

    private func check<Types: LayerNormTypes>(_ types: Types.Type, _ line: VerifyLine) throws {
      let inputs = line.cases.map { VerifyInputs<Types>($0) }
      defer { ThreadLimit.useDefault() }
      try EveryLevel.run { level in
        for threads in [1, 3] {
          try ThreadLimit(threads).use()
          let digest = try inputs.reduce(UInt64(DIGEST_START)) { try $1.digest($0, text(line.first.operation)) }
          let published = withUnsafePointer(to: line.first) { verify_digest($0) }
          #expect(digest == published, "at \(level), with \(threads) threads")
        }
      }
    }
  }
}

/// A case as Swift arrays.
private struct VerifyInputs<Types: LayerNormTypes> {
  typealias Norm = LayerNorm<Types>
  let shared: VerifyCase
  let x: [Norm.Element]
  let dy: [Norm.Element]
  let weight: [Norm.Weight]?
  let bias: [Norm.Bias]?

  init(_ shared: VerifyCase) {
    self.shared = shared
    let c = shared.c
    x = shared.made("x", c.outer * c.features * c.inner)
    dy = shared.made("dy", c.outer * c.features * c.inner)
    weight = c.weight ? shared.made("weight", c.features) : nil
    bias = c.bias ? shared.made("bias", c.features) : nil
  }

  func digest(_ start: UInt64, _ operation: String) throws -> UInt64 {
    var (digest, c) = (start, shared.c)
    let norm = try Norm(features: Int(c.features), inner: Int(c.inner), eps: c.eps)
    guard operation != "backward-from-x" else {
      return digested(digest, try norm.backward(dy, x: x, weight: weight))
    }
    let (y, statistics) = try norm.forwardWithStatistics(x, weight: weight, bias: bias)
    guard operation == "forward" else {
      return digested(digest, try norm.backward(dy, x: x, weight: weight, statistics: statistics))
    }
    digest = verify_digest_elements(digest, &c, y)
    digest = verify_digest_statistics(digest, &c, statistics.mean)
    return verify_digest_statistics(digest, &c, statistics.rstd)
  }

  private func digested(_ start: UInt64, _ gradients: Norm.Gradients) -> UInt64 {
    var c = shared.c
    var digest = verify_digest_elements(start, &c, gradients.dx)
    digest = gradients.dweight.withUnsafeBytes { verify_digest_gradient(digest, $0.baseAddress, $0.count) }
    return gradients.dbias.withUnsafeBytes { verify_digest_gradient(digest, $0.baseAddress, $0.count) }
  }
}
