import Foundation

/// The input of a transformer's first layer normalization: a row of features for each token of a text.
///
/// It is read from ../data/minilm-embeddings.bin; ../data/README.md describes the format.
struct Embeddings {
  let texts: [String]  // of the tokens
  let features: Int
  let eps: Double
  let x: [Float]  // a row of features for each token
  let weight: [Float]
  let bias: [Float]

  var tokens: Int { texts.count }

  init(contentsOf path: String) throws {
    guard let content = FileManager.default.contents(atPath: path) else { throw Failure("the file cannot be opened") }
    let file = LittleEndian(bytes: [UInt8](content))
    let headerSize = 40
    guard file.bytes.count >= headerSize else { throw Failure("the file is truncated") }
    guard file.bytes.starts(with: "PLNSHEX1".utf8) else { throw Failure("the file does not begin with PLNSHEX1") }
    let tokens = file.integer(at: 8)
    let features = file.integer(at: 16)
    let textBytes = file.integer(at: 24)
    let limit = 1 << 20  // on every size: more would be a damaged header
    guard 1...limit ~= tokens, 1...limit ~= features, tokens...limit ~= textBytes, textBytes % 8 == 0 else {
      throw Failure("the sizes in the header make no sense")
    }
    let numbers = headerSize + textBytes
    let size = numbers + (tokens + 2) * features * 4
    guard file.bytes.count >= size else { throw Failure("the file is truncated") }
    guard file.bytes.count == size else { throw Failure("the file is longer than its header says") }
    let texts = file.bytes[headerSize..<numbers].split(separator: 0, omittingEmptySubsequences: false).dropLast()
    guard texts.count >= tokens else { throw Failure("the file lacks token texts") }

    let weight = numbers + tokens * features * 4
    self.texts = texts.prefix(tokens).map { String(decoding: $0, as: UTF8.self) }
    self.features = features
    self.eps = Double(bitPattern: file.bits(at: 32))
    self.x = file.floats(at: numbers, count: tokens * features)
    self.weight = file.floats(at: weight, count: features)
    self.bias = file.floats(at: weight + features * 4, count: features)
  }
}

/// Numbers in bytes, the least significant byte first.
private struct LittleEndian {
  let bytes: [UInt8]

  func bits(at offset: Int) -> UInt64 {
    bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  func integer(at offset: Int) -> Int { Int(truncatingIfNeeded: bits(at: offset)) }

  func floats(at offset: Int, count: Int) -> [Float] {
    stride(from: offset, to: offset + count * 4, by: 4).map { start in
      Float(bitPattern: bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }
}
