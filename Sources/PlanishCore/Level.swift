import CPlanishKernels
import CPlanishSystem

/// A CPU level that the kernels are compiled for. All give the same bits.
package struct Level: Hashable, Sendable {
  let number: Int32

  package var name: UnsafePointer<CChar> { planish_level_name(number) }

  /// The index-th level that this CPU has, the plainest first; nil past the last.
  package init?(index: Int) {
    guard index >= 0 else { return nil }
    var left = index
    for number in 0..<Int32(PLANISH_LEVEL_COUNT) where Level.isPresent(number) {
      if left == 0 {
        self.number = number
        return
      }
      left -= 1
    }
    return nil
  }

  /// nil if there is no such level, or if this CPU lacks it.
  private init?(named name: UnsafePointer<CChar>) {
    for number in 0..<Int32(PLANISH_LEVEL_COUNT) where Level.isPresent(number) {
      if planish_text_equal(planish_level_name(number), name) {
        self.number = number
        return
      }
    }
    return nil
  }

  private init(number: Int32) { self.number = number }

  private static func isPresent(_ number: Int32) -> Bool { planish_levels_present() & (1 << number) != 0 }

  /// The last one is the best one: the levels of an architecture stand in this order.
  private static var best: Level {
    var best: Int32 = 0
    for number in 0..<Int32(PLANISH_LEVEL_COUNT) where isPresent(number) { best = number }
    return Level(number: best)
  }

  /// The level in use. The first call chooses it: what PLANISH_CPU names, or else the best one.
  package static func current() throws(Fault) -> Level {
    let chosen = planish_level_get()
    if chosen >= 0 { return Level(number: chosen) }
    var level = best
    if let name = planish_cpu_from_environment() {
      guard let named = Level(named: name) else { throw .badCPU("PLANISH_CPU", name) }
      level = named
    }
    level.use()
    return level
  }

  /// Takes this level from now on.
  package func use() { planish_level_set(number) }

  /// Takes the level of this name from now on; without a name, the best one.
  package static func choose(_ name: UnsafePointer<CChar>?) throws(Fault) {
    guard let name else { return best.use() }
    guard let level = Level(named: name) else { throw .badCPU("level", name) }
    level.use()
  }

  var kernels: planish_kernels {
    var table = planish_kernels()
    #if arch(x86_64)
      switch Int(number) {
      case PLANISH_LEVEL_AVX512: planish_kernels_avx512(&table)
      case PLANISH_LEVEL_AVX2: planish_kernels_avx2(&table)
      default: planish_kernels_baseline(&table)
      }
    #elseif arch(arm64)
      planish_kernels_neon(&table)
    #else
      planish_kernels_baseline(&table)
    #endif
    return table
  }
}
