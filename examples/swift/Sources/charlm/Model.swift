import Foundation

/// What the sizes of a model are.
struct Sizes {
  var alphabet: Int
  var context = 12  // characters that the next one is guessed from
  var embedding = 16  // numbers for each of them
  var hidden = 64
}

/// A language model: from the characters before, how likely each character is to be next.
///
///     h      = linear(embeddings of the context)
///     h'     = h + linear(relu(norm(h))²)              a block as transformers have it, with the norm in front
///     logits = linear(norm(h'))
struct Model<S: Scalar> {
  let sizes: Sizes
  private var embedding: Parameter<S>
  private var input: Linear<S>
  private var blockNorm: Norm<S>
  private var block: Linear<S>
  private var outputNorm: Norm<S>
  private var output: Linear<S>

  init(_ sizes: Sizes, _ random: inout Random) throws {
    self.sizes = sizes
    embedding = Parameter(sizes.alphabet * sizes.embedding, within: 1, &random)
    input = Linear(sizes.context * sizes.embedding, sizes.hidden, &random)
    blockNorm = try Norm(features: sizes.hidden)
    block = Linear(sizes.hidden, sizes.hidden, &random)
    outputNorm = try Norm(features: sizes.hidden)
    output = Linear(sizes.hidden, sizes.alphabet, &random)
  }

  /// Everything that is learned, by name.
  static var parameters: [(name: String, path: WritableKeyPath<Model, Parameter<S>>)] {
    [
      ("embedding", \.embedding), ("input weight", \.input.weight), ("input bias", \.input.bias),
      ("block norm weight", \.blockNorm.weight), ("block norm bias", \.blockNorm.bias),
      ("block weight", \.block.weight), ("block bias", \.block.bias),
      ("output norm weight", \.outputNorm.weight), ("output norm bias", \.outputNorm.bias),
      ("output weight", \.output.weight), ("output bias", \.output.bias),
    ]
  }

  mutating func learn(rate: S, step: Int) {
    for (_, path) in Self.parameters { self[keyPath: path].learn(rate: rate, step: step) }
  }

  /// For each context of `sizes.context` characters, the logarithms of how likely each character is to follow.
  func logits(_ contexts: [Int]) throws -> [S] { try forward(contexts).logits }

  /// The loss, -log(probability of what follows) on average. The gradients are added to what is there.
  mutating func loss(of batch: Batch) throws -> Double {
    let pass = try forward(batch.contexts)
    let (loss, dlogits) = crossEntropy(pass.logits, batch.targets)

    let dNormalized = output.backward(dlogits, x: pass.normalized)
    var dh = try outputNorm.backward(dNormalized, x: pass.afterBlock, pass.outputStatistics)
    var dInBlock = block.backward(dh, x: pass.activated)
    for i in dInBlock.indices { dInBlock[i] *= 2 * max(0, pass.inBlock[i]) }
    let dBefore = try blockNorm.backward(dInBlock, x: pass.h, pass.blockStatistics)
    for i in dh.indices { dh[i] += dBefore[i] }
    let dEmbedded = input.backward(dh, x: pass.embedded)
    for (place, character) in batch.contexts.enumerated() {
      for e in 0..<sizes.embedding {
        embedding.gradient[character * sizes.embedding + e] += dEmbedded[place * sizes.embedding + e]
      }
    }
    return loss
  }
}

extension Model {
  /// What forward hands to backward.
  private struct Pass {
    let embedded, h, inBlock, activated, afterBlock, normalized, logits: [S]
    let blockStatistics, outputStatistics: Norm<S>.Statistics
  }

  private func forward(_ contexts: [Int]) throws -> Pass {
    let embedded = contexts.flatMap { embedding.values[$0 * sizes.embedding..<($0 + 1) * sizes.embedding] }
    let h = input.forward(embedded)
    let (inBlock, blockStatistics) = try blockNorm.forward(h)
    let activated = inBlock.map { max(0, $0) * max(0, $0) }
    let afterBlock = zip(h, block.forward(activated)).map { $0 + $1 }
    let (normalized, outputStatistics) = try outputNorm.forward(afterBlock)
    return Pass(
      embedded: embedded, h: h, inBlock: inBlock, activated: activated, afterBlock: afterBlock, normalized: normalized,
      logits: output.forward(normalized), blockStatistics: blockStatistics, outputStatistics: outputStatistics)
  }

  /// The average over the rows, and its gradient.
  private func crossEntropy(_ logits: [S], _ targets: [Int]) -> (loss: Double, gradient: [S]) {
    var (loss, gradient) = (0.0, logits)
    for (row, target) in targets.enumerated() {
      let columns = row * sizes.alphabet..<(row + 1) * sizes.alphabet
      let probabilities = softmax(logits[columns])
      loss -= log(probabilities[target]) / Double(targets.count)
      for (i, p) in zip(columns, probabilities) { gradient[i] = S(p / Double(targets.count)) }
      gradient[columns.lowerBound + target] -= S(1 / Double(targets.count))
    }
    return (loss, gradient)
  }
}

func softmax(_ logits: ArraySlice<some Scalar>) -> [Double] {
  let largest = Double(logits.max()!)
  let exponentials = logits.map { exp(Double($0) - largest) }
  let sum = exponentials.reduce(0, +)
  return exponentials.map { $0 / sum }
}
