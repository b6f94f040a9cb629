import CPlanish

/// What the elements of an array are.
package struct Dtype: Equatable, Sendable {
  /// In planish.h.
  package let number: Int32
  package let size: Int

  package static var float32: Dtype { Dtype(PLANISH_F32, size: 4) }
  package static var float64: Dtype { Dtype(PLANISH_F64, size: 8) }
  package static var bfloat16: Dtype { Dtype(PLANISH_BF16, size: 2) }
  package static var float16: Dtype { Dtype(PLANISH_F16, size: 2) }

  private init(_ dtype: planish_dtype, size: Int) {
    number = Int32(bitPattern: dtype.rawValue)
    self.size = size
  }

  /// The dtype of this number in planish.h; PLANISH_SAME is `same`, if there is one.
  package init(_ argument: StaticString, _ dtype: planish_dtype, same: Dtype? = nil) throws(Fault) {
    switch dtype {
    case PLANISH_F32: self = .float32
    case PLANISH_F64: self = .float64
    case PLANISH_BF16: self = .bfloat16
    case PLANISH_F16: self = .float16
    default:
      guard dtype == PLANISH_SAME, let same else { throw .badDtype(argument, Int(Int32(bitPattern: dtype.rawValue))) }
      self = same
    }
  }

  /// Weight and bias may be in the dtype that x is computed in, too.
  func holdsParameters(of x: Dtype) -> Bool { self == x || (self == .float32 && x.size == 2) }

  /// What it is computed in.
  var exact: Dtype { isDouble ? .float64 : .float32 }

  private var isDouble: Bool { self == .float64 }

  /// Of an element of mean and rstd.
  var statisticSize: Int { isDouble ? 8 : 4 }
  /// Of a sum for dweight and dbias: over a panel of rows, and beyond.
  var panelSumSize: Int { isDouble ? 8 : 4 }
  var blockSumSize: Int { isDouble ? 16 : 8 }
}
