internal import CPlanish
internal import CPlanishSystem
internal import PlanishCore

/// What is wrong with a call: the argument, and the number that it is. Nothing has been written then.
public enum LayerNormError: Error, Hashable, Sendable {
  /// `features` is less than 1.
  case features(Int)
  /// `inner` is less than 1.
  case inner(Int)
  /// `eps` is negative, infinite or not a number.
  case eps(Double)
  /// `axes` are none, or not among those of the shape.
  case axes(Range<Int>, dimensions: Int)
  /// A size in the shape is less than 1.
  case size(Int, axis: Int)
  /// The sizes multiply to more than an `Int` can hold.
  case tooManyElements(features: Int, inner: Int)
  /// A type conforms to ``LayerNormElement`` that is none of the library's.
  case elementType(String)
  /// The elements of an array are no whole number of rows of `features` · `inner` elements.
  case partialRow(argument: String, count: Int, features: Int, inner: Int = 1)
  /// An array has the wrong number of elements.
  case wrongCount(argument: String, count: Int, expected: Int)
  /// An array that another one needs is not there: of mean and rstd, both are given or neither.
  case missing(argument: String)
  /// An output shares memory with another argument, beginning so many bytes behind its start. Only memory that is handled
  /// unsafely can.
  case overlap(argument: String, other: String, byteOffset: Int)
  /// Working memory could not be had.
  case outOfMemory(argument: String, byteCount: Int)
  /// The environment variable `PLANISH_CPU` names a level that this CPU lacks.
  case cpuLevel(String, available: [String])
  /// A limit on threads is less than 1.
  case threads(Int)
  /// The environment variable `PLANISH_NUM_THREADS` is no whole number from 1 on.
  case threadsInEnvironment(String)
  /// Anything else that the library found, in a sentence that names the argument and the number.
  case refused(String)
}

extension LayerNormError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .features(let features): "features is \(features); it must be 1 or more"
    case .inner(let inner): "inner is \(inner); it must be 1 or more"
    case .eps(let eps): "eps is \(eps); it must be finite and 0 or more"
    case .axes(let axes, let dimensions): "axes are \(axes); they must be one or more of 0..<\(dimensions)"
    case .size(let size, let axis): "the size of axis \(axis) is \(size); it must be 1 or more"
    case .tooManyElements(let features, let inner): "\(features) · \(inner) elements are more than an Int can count"
    case .elementType(let name): "\(name) is none of Float, Double, Float16 and BFloat16"
    case .partialRow(let argument, let count, let features, 1):
      "\(argument) has \(count) elements, which is no whole number of rows of \(features) features"
    case .partialRow(let argument, let count, let features, let inner):
      "\(argument) has \(count) elements, which is no whole number of blocks of \(features) · \(inner)"
    case .wrongCount(let argument, let count, let expected):
      "\(argument) has \(count) elements; it must have \(expected)"
    case .missing(let argument): "\(argument) is missing"
    case .overlap(let argument, let other, let offset): "\(argument) overlaps \(other), \(offset) bytes from its start"
    case .outOfMemory(let argument, let count):
      "\(count) bytes of working memory for \(argument) could not be had"
    case .cpuLevel(let name, let available):
      "PLANISH_CPU is \"\(name)\"; this CPU has \(available.joined(separator: ", "))"
    case .threads(let threads): "threads is \(threads); it must be 1 or more"
    case .threadsInEnvironment(let text):
      "PLANISH_NUM_THREADS is \"\(text)\"; it must be a whole number from 1 on"
    case .refused(let sentence): sentence
    }
  }
}

extension LayerNormError {
  init(_ fault: Fault) {
    let record = fault.record
    self =
      switch record.status {
      case PLANISH_NULL_POINTER: .missing(argument: String(cString: record.argument))
      case PLANISH_OVERLAP:
        .overlap(
          argument: String(cString: record.argument), other: String(cString: record.other),
          byteOffset: Int(record.number))
      case PLANISH_OUT_OF_MEMORY:
        .outOfMemory(argument: String(cString: record.argument), byteCount: Int(record.number))
      case PLANISH_BAD_CPU: .cpuLevel(fault.text, available: CPULevel.available.map(\.name))
      case PLANISH_BAD_THREADS: .threadsInEnvironment(fault.text)
      default: .refused(fault.sentence)
      }
  }

  /// Calls the core, whose faults become errors.
  static func translating<Result>(_ body: () throws(Fault) -> Result) throws(LayerNormError) -> Result {
    do {
      return try body()
    } catch {
      throw LayerNormError(error)
    }
  }
}

extension Fault {
  /// What the argument was, where that is no number.
  fileprivate var text: String {
    withUnsafeBytes(of: record.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  fileprivate var sentence: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PLANISH_FAULT_TEXT_SIZE)) { text in
      withUnsafePointer(to: record) { planish_fault_describe($0, text.baseAddress) }
      return String(cString: text.baseAddress!)
    }
  }
}
