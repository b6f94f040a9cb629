import Planish
import Testing

/// The suites that choose the CPU level. It belongs to the whole process, so they run one after the other. Tests
/// elsewhere may run at any level at the same time: their results have the same bits.
@Suite(.serialized) struct EveryLevel {
  /// Runs `body` at each level that this CPU has, and restores the level that was in use.
  static func run(_ body: (CPULevel) throws -> Void) throws {
    let before = try CPULevel.current()
    defer { before.use() }
    for level in CPULevel.available {
      level.use()
      try body(level)
    }
  }
}
