import Foundation

/// A text as numbers: each of its characters is an index into the alphabet.
struct Text {
  let alphabet: [UInt8]
  let characters: [Int]

  init(contentsOf path: String) throws {
    guard let content = FileManager.default.contents(atPath: path) else { throw Failure("\(path) cannot be opened") }
    alphabet = Set(content).sorted()
    let indices = Dictionary(uniqueKeysWithValues: zip(alphabet, alphabet.indices))
    characters = content.map { indices[$0]! }
  }

  func string(_ characters: some Sequence<Int>) -> String {
    String(decoding: characters.map { alphabet[$0] }, as: UTF8.self)
  }
}

/// Places in a text: characters in a row, and the one that follows.
struct Batch {
  var contexts: [Int] = []
  var targets: [Int] = []

  init(_ size: Int, of text: Text, context: Int, _ random: inout Random) {
    for _ in 0..<size {
      let start = Int.random(in: 0..<text.characters.count - context, using: &random)
      contexts += text.characters[start..<start + context]
      targets.append(text.characters[start + context])
    }
  }
}
