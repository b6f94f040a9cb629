import Foundation
import Planish
import Testing

/// An edge in Tests/Cases/edges.txt, which describes the format.
struct Edge: Sendable, CustomTestStringConvertible {
  let name: String
  let rows: Int
  let features: Int
  private let dtypes: [Substring]
  private let fields: [Substring: Substring]

  var testDescription: String { name }
  var eps: Double { number(fields["eps"]!, Float.self) }
  /// What must be refused.
  var error: Substring? { fields["error"] }

  static let all: [Edge] = {
    let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)
    let table = try? String(contentsOfFile: folder + "/../Cases/edges.txt", encoding: .utf8)
    let lines = table?.replacingOccurrences(of: "\n ", with: " ").split(separator: "\n") ?? []
    return lines.compactMap { $0.hasPrefix("#") ? nil : Edge($0) }
  }()

  private init(_ line: Substring) {
    let words = line.split(separator: " ")
    name = String(words[0])
    dtypes = words[1].split(separator: ",")
    let shape = words[2].split(separator: "x").map { Int($0)! }
    (rows, features) = (shape[0], shape[1])
    fields = Dictionary(
      uniqueKeysWithValues: words[3...].map { word in
        let pair = word.split(separator: "=")
        return (pair[0], pair[1])
      })
  }

  func isFor(_ element: any EdgeElement.Type) -> Bool {
    dtypes.contains("all") || dtypes.contains(Substring(element.dtype))
  }

  /// An array that is given; nil: it is not.
  func list<Element: EdgeElement>(_ field: Substring, _ count: Int) -> [Element]? {
    fields[field].map { values($0, count).map { $0! } }
  }

  /// nil: nothing is checked, or not this element. x is made of `X`.
  func expected<Element: EdgeElement, X: EdgeElement>(_ field: Substring, _ count: Int, x: X.Type) -> [Element?]? {
    switch fields[field] {
    case nil: nil
    case "bias": (0..<count).map { list("bias", features)![$0 % features] }
    case "x": (0..<count).map { Element(rounding: (list("x", rows * features)! as [X])[$0 * features].exact) }
    case let text?: values(text, count)
    }
  }
}

/// The list, as often as it goes into `count`; nil where an element is not checked.
private func values<Element: EdgeElement>(_ text: Substring, _ count: Int) -> [Element?] {
  let values = text.split(separator: ",").flatMap { element -> [Element?] in
    let parts = element.split(separator: "*")
    let value = parts.last == "?" ? nil : Element(rounding: number(parts.last!, Element.self))
    return [Element?](repeating: value, count: parts.count == 2 ? Int(parts[0])! : 1)
  }
  return (0..<count).map { values[$0 % values.count] }
}

private func number(_ text: Substring, _ element: any EdgeElement.Type) -> Double {
  let size: Double =
    switch text.drop(while: { $0 == "-" }) {
    case "max": element.largest
    case "sub": element.smallest
    case let digits: Double(digits)!
    }
  return text.hasPrefix("-") ? -size : size
}

/// An element type, with what the table needs of it.
protocol EdgeElement: LayerNormElement where Statistic: EdgeElement {
  /// Its name in the table.
  static var dtype: String { get }
  static var largest: Double { get }
  static var smallest: Double { get }
  init(rounding: Double)
  var exact: Double { get }
}

extension EdgeElement where Self: BinaryFloatingPoint {
  static var largest: Double { Double(greatestFiniteMagnitude) }
  static var smallest: Double { Double(leastNonzeroMagnitude) }
  init(rounding value: Double) { self.init(value) }
  var exact: Double { Double(self) }
}

extension Float: EdgeElement { static var dtype: String { "f32" } }
extension Double: EdgeElement { static var dtype: String { "f64" } }
extension Float16: EdgeElement { static var dtype: String { "f16" } }

extension BFloat16: EdgeElement {
  static var dtype: String { "bf16" }
  static var largest: Double { Double(BFloat16(bitPattern: 0x7f7f)) }
  static var smallest: Double { Double(BFloat16(bitPattern: 1)) }
  init(rounding value: Double) { self.init(Float(value)) }
  var exact: Double { Double(self) }
}
