/// A number of 16 bits with the exponent of a `Float`, and 8 bits of precision: the upper half of a `Float`.
///
/// It is for storing numbers. To compute, convert them to `Float`, which is exact:
///
/// ```swift
/// let half = BFloat16(0.5)
/// let quarter = BFloat16(Float(half) * Float(half))
/// ```
///
/// Comparisons are those of the numbers: 0 is equal to -0, and a NaN to nothing.
public struct BFloat16: BitwiseCopyable, Sendable {
  /// The sign, 8 bits of exponent, 7 bits of fraction.
  public var bitPattern: UInt16

  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// The nearest one; of two that are as near, the one whose last bit is 0. Beyond the largest one it is infinite, and a
  /// NaN stays one.
  public init(_ value: Float) {
    let bits = value.bitPattern
    let quiet: UInt16 = 0x40
    let nearest = UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    bitPattern = value.isNaN ? UInt16(bits >> 16) | quiet : nearest
  }

  public var isNaN: Bool { Float(self).isNaN }
  public var isFinite: Bool { Float(self).isFinite }
}

extension Float {
  /// Exact.
  public init(_ value: BFloat16) { self.init(bitPattern: UInt32(value.bitPattern) << 16) }
}

extension Double {
  /// Exact.
  public init(_ value: BFloat16) { self.init(Float(value)) }
}

extension BFloat16: Hashable, Comparable {
  public static func == (a: BFloat16, b: BFloat16) -> Bool { Float(a) == Float(b) }
  public static func < (a: BFloat16, b: BFloat16) -> Bool { Float(a) < Float(b) }
  public func hash(into hasher: inout Hasher) { hasher.combine(Float(self)) }
}

extension BFloat16: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Float) { self.init(value) }
  public init(integerLiteral value: Float) { self.init(value) }
}

extension BFloat16: CustomStringConvertible {
  public var description: String { Float(self).description }
}
