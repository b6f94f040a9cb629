import Planish
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension EveryLevel {
  @Suite struct Levels {
    @Test func availableFromThePlainestOn() {
      #if arch(x86_64)
        let names = ["baseline", "avx2", "avx512"]
        #expect(Array(names.prefix(CPULevel.available.count)) == CPULevel.available.map(\.name))
      #elseif arch(arm64)
        #expect(CPULevel.available.map(\.name) == ["neon"])
      #endif
      #expect(!CPULevel.available.isEmpty)
      #expect(Set(CPULevel.available).count == CPULevel.available.count)
    }

    @Test func currentIsAvailable() throws {
      #expect(CPULevel.available.contains(try CPULevel.current()))
    }

    @Test func useChangesCurrent() throws {
      try EveryLevel.run { level in
        let current = try CPULevel.current()
        #expect(current == level)
        #expect(level.description == level.name)
      }
    }
  }
}

/// Each in a process of its own: the environment is read once, at the first call.
@Suite struct PlanishCPU {
  @Test func withoutItTheBestLevelIsTaken() async {
    await #expect(processExitsWith: .success) {
      unsetenv("PLANISH_CPU")
      let current = try CPULevel.current()
      #expect(current == CPULevel.available.last)
    }
  }

  @Test(arguments: CPULevel.available.map(\.name)) func takesALevel(_ name: String) async {
    await #expect(processExitsWith: .success) { [name = name as String] in
      setenv("PLANISH_CPU", name, 1)
      _ = try LayerNorm(features: 1).forward([1])
      let current = try CPULevel.current()
      #expect(current.name == name)
    }
  }

  @Test func refusesALevelThatTheCPULacks() async {
    await #expect(processExitsWith: .success) {
      setenv("PLANISH_CPU", "abacus", 1)
      let levels = CPULevel.available.map(\.name)
      let norm = try LayerNorm(features: 1)
      let error = LayerNormError.cpuLevel("abacus", available: levels)
      #expect("\(error)" == "PLANISH_CPU is \"abacus\"; this CPU has \(levels.joined(separator: ", "))")
      #expect(throws: error) { try CPULevel.current() }
      #expect(throws: error) { try norm.forward([1]) }
      CPULevel.available[0].use()
      let y = try norm.forward([1])
      #expect(y == [0])
    }
  }
}
