import Testing

@Test func theTableHasCasesWithUniqueNames() {
  #expect(!SharedCase.all.isEmpty)
  #expect(Set(SharedCase.all.map(\.name)).count == SharedCase.all.count)
}

extension EveryLevel {
  /// Every shared case against the reference loops and the digest in the table.
  @Suite struct Cases {
    @Test(arguments: SharedCase.all) func nearTheReference(_ shared: SharedCase) throws {
      let reference = Reference(shared.problem)
      try EveryLevel.run { level in
        reference.expectNear(try Results(of: shared.problem), at: level.name)
      }
    }

    @Test(arguments: SharedCase.all) func digestOfTheTable(_ shared: SharedCase) throws {
      try EveryLevel.run { level in
        let got = try Results(of: shared.problem).digest
        let expected = try #require(
          shared.digest, "the digest is \(hex(got)); record it with: python Tests/Cases/record.py")
        #expect(got == expected, "at \(level): the digest is \(hex(got)), expected \(hex(expected))")
      }
    }
  }
}

private func hex(_ digest: UInt64) -> String {
  let digits = String(digest, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
