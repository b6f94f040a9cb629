import CPlanish
import CPlanishSystem
import PlanishCore

/// What is wrong with a call.
public enum LayerNormError: Error, Hashable, Sendable {
  /// `features` is less than 1.
  case features(Int)
  /// `eps` is negative, infinite or not a number.
  case eps(Double)
  /// The elements of an array are no whole number of rows.
  case partialRow(argument: String, count: Int, features: Int)
  /// An array has the wrong number of elements.
  case wrongCount(argument: String, count: Int, expected: Int)
  /// An array that another one needs is not there: of mean and rstd, both are given or neither.
  case missing(argument: String)
  /// Anything else that the library found, in a sentence that names the argument and the number.
  case refused(String)

  init(_ fault: Fault) {
    self = fault.missingArgument.map { .missing(argument: $0) } ?? .refused(fault.description)
  }
}

extension LayerNormError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .features(let features): "features is \(features); it must be 1 or more"
    case .eps(let eps): "eps is \(eps); it must be finite and 0 or more"
    case .partialRow(let argument, let count, let features):
      "\(argument) has \(count) elements, which is no whole number of rows of \(features) features"
    case .wrongCount(let argument, let count, let expected):
      "\(argument) has \(count) elements; it must have \(expected)"
    case .missing(let argument): "\(argument) is missing"
    case .refused(let sentence): sentence
    }
  }
}

extension Fault {
  fileprivate var missingArgument: String? {
    record.status == PLANISH_NULL_POINTER ? String(cString: record.argument) : nil
  }

  fileprivate var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PLANISH_FAULT_TEXT_SIZE)) { text in
      withUnsafePointer(to: record) { planish_fault_describe($0, text.baseAddress) }
      return String(cString: text.baseAddress!)
    }
  }
}
