import Foundation

/// A small language model with layer normalization, trained on the characters of a text.
///
///     swift run -c release charlm ../../LICENSE [STEPS]
///
/// It checks its gradients, prints the loss as it falls, and writes a few lines. Every run prints the same.
@main
struct CharLM {
  static func main() {
    let arguments = CommandLine.arguments
    guard 2...3 ~= arguments.count, let steps = arguments.count == 3 ? Int(arguments[2]) : 2000, steps >= 20 else {
      fail("usage: charlm TEXT [STEPS, 20 or more]")
    }
    do {
      try run(Text(contentsOf: arguments[1]), steps: steps)
    } catch {
      fail("\(error)")
    }
  }

  static func run(_ text: Text, steps: Int) throws {
    let sizes = Sizes(alphabet: text.alphabet.count)
    guard text.characters.count > sizes.context else { throw Failure("the text is too short") }
    try GradientCheck.run(text)

    print("\nTraining on \(text.characters.count) characters, \(sizes.alphabet) of them different")
    var random = Random(seed: 1)
    var model = try Model<Float>(sizes, &random)
    var losses: [Double] = []
    for step in 1...steps {
      let batch = Batch(32, of: text, context: sizes.context, &random)
      losses.append(try model.loss(of: batch))
      model.learn(rate: 0.003, step: step)
      if step.isMultiple(of: steps / 10) {
        print(String(format: "  step %5d: loss %.3f", step, average(losses.suffix(steps / 10))))
      }
    }
    let (first, last) = (losses[0], average(losses.suffix(steps / 10)))
    guard last < 0.9 * first else { throw Failure("the loss was \(first) and is \(last): nothing was learned") }

    print("\nWhat it writes:\n\n\(try written(by: model, text, count: 200, &random))")
  }

  /// Each next character drawn as likely as the model says.
  static func written(by model: Model<Float>, _ text: Text, count: Int, _ random: inout Random) throws -> String {
    var characters = Array(text.characters.prefix(model.sizes.context))
    for _ in 0..<count {
      var left = Double.random(in: 0..<1, using: &random)
      let probabilities = softmax(try model.logits(characters.suffix(model.sizes.context))[...])
      characters.append(
        probabilities.firstIndex { p in
          left -= p
          return left < 0
        } ?? 0)
    }
    return text.string(characters)
  }

  static func average(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

  static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("charlm: \(message)\n".utf8))
    exit(1)
  }
}
