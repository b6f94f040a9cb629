internal import PlanishCore

/// A CPU level that the kernels are compiled for. All levels give the same bits; the best one that the CPU has is taken,
/// unless the environment variable `PLANISH_CPU` names another.
public struct CPULevel: Hashable, Sendable, CustomStringConvertible {
  /// "baseline", "avx2" or "avx512" on x86-64, "neon" on AArch64.
  public var name: String { String(cString: level.name) }
  public var description: String { name }

  private let level: Level

  /// The levels that this CPU has, the plainest first.
  public static var available: [CPULevel] {
    var levels: [CPULevel] = []
    while let level = Level(index: levels.count) { levels.append(CPULevel(level: level)) }
    return levels
  }

  /// The level in use. Throws if `PLANISH_CPU` names one that this CPU lacks.
  public static func current() throws(LayerNormError) -> CPULevel {
    CPULevel(level: try LayerNormError.translating { () throws(Fault) in try Level.current() })
  }

  /// Uses this level from now on, in every thread: for tests and support.
  public func use() { level.use() }
}
